//! Draws a network of filaments, joined at cross-links.

use super::drawing::{Body, Coordinate, Drawing, Point, setting};
use crate::langevin::NetworkNode;
use cneep_movie::error::Result;
use serde::{Deserialize, Serialize};

/// Length in pixels of the filaments of 6 x 6 nodes on a frame of 80 x 80, for which displacement scales are
/// stated.
const REFERENCE_LENGTH: f64 = 80.0 / 6.0;

/// How a network looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkLook {
    /// Rows of the frame; the network is fitted into it.
    pub rows: usize,
    /// Columns of the frame.
    pub columns: usize,
    /// Standard deviation of a filament's cross-section, in pixels.
    pub filament_width: f64,
    /// Light on a filament, in units of full scale.
    pub filament_brightness: f64,
    /// Standard deviation of a cross-link's blob, in pixels.
    pub cross_link_width: f64,
    /// Light that a cross-link adds at its centre, in units of full scale.
    pub cross_link_brightness: f64,
    /// Pixels per unit of displacement where the shortest filament rests at 80/6 pixels, as it does for 6 x 6
    /// nodes on 80 x 80 pixels; displacements shrink and grow with that length.
    pub displacement_scale: f64,
    /// Filaments that give no light, by their place in the list of edges.
    pub hidden_filaments: Vec<usize>,
    /// Nodes whose cross-links give no light.
    pub hidden_cross_links: Vec<usize>,
}

impl Default for NetworkLook {
    /// 80 x 80 pixels; filaments of 1.5 pixels at half of full scale, to which cross-links of 2 pixels add
    /// 0.3: the rest is left for overlaps, background and noise. 1 pixel per unit of displacement; nothing
    /// hidden.
    fn default() -> Self {
        Self {
            rows: 80,
            columns: 80,
            filament_width: 1.5,
            filament_brightness: 0.5,
            cross_link_width: 2.0,
            cross_link_brightness: 0.3,
            displacement_scale: 1.0,
            hidden_filaments: Vec::new(),
            hidden_cross_links: Vec::new(),
        }
    }
}

impl Drawing {
    /// A network whose filaments are the `edges` between `nodes`, in the middle of the frame and as large as
    /// leaves half a filament's length around it.
    ///
    /// # Errors
    /// [`Error::Setting`](cneep_movie::Error::Setting) for no edges, an edge that joins no two nodes apart,
    /// rest positions that are not finite, a hidden thing that is not there, or a look out of range.
    pub fn network(nodes: &[NetworkNode], edges: &[[usize; 2]], look: &NetworkLook) -> Result<Self> {
        look.check(nodes, edges)?;
        let layout = Layout::new(nodes, edges, look)?;
        let places: Vec<Point> = nodes.iter().map(|node| layout.place(node)).collect();
        let seen = |hidden: &[usize], index: &usize| !hidden.contains(index);
        let filaments = (0..edges.len()).filter(|index| seen(&look.hidden_filaments, index)).map(|index| {
            let [from, to] = edges[index].map(|end| places[end].clone());
            Body::Filament { from, to, width: look.filament_width, brightness: look.filament_brightness }
        });
        let links = (0..nodes.len()).filter(|index| seen(&look.hidden_cross_links, index)).map(|index| {
            let (width, brightness) = (look.cross_link_width, look.cross_link_brightness);
            Body::Blob { at: places[index].clone(), width, brightness, lit_by: None }
        });
        Ok(Self { rows: look.rows, columns: look.columns, bodies: filaments.chain(links).collect() })
    }
}

impl NetworkLook {
    fn check(&self, nodes: &[NetworkNode], edges: &[[usize; 2]]) -> Result<()> {
        if let Some(node) = nodes.iter().find(|node| !node.rest.iter().all(|rest| rest.is_finite())) {
            return setting("finite rest positions", format!("{:?}", node.rest), "Check the nodes.");
        }
        if let Some(edge) = edges.iter().find(|edge| edge.iter().any(|end| *end >= nodes.len())) {
            let expected = format!("edges between nodes 0 to {}", nodes.len().saturating_sub(1));
            return setting(expected, format!("{edge:?}"), "Count the nodes from 0.");
        }
        let hidden = [
            ("filaments", &self.hidden_filaments, edges.len()),
            ("cross-links", &self.hidden_cross_links, nodes.len()),
        ];
        for (subject, hidden, count) in hidden {
            if let Some(index) = hidden.iter().find(|index| **index >= count) {
                let expected = format!("hidden {subject} among the {count}, counted from 0");
                return setting(expected, index.to_string(), "Name those to leave out.");
            }
        }
        let scale = self.displacement_scale;
        if scale.is_finite() && scale >= 0.0 {
            return Ok(());
        }
        setting("a finite displacement_scale, not negative", scale.to_string(), "Take 1 pixel per unit.")
    }
}

/// Takes lengths of the network to pixels.
struct Layout {
    /// Middle of the network, in its own unit, and of the frame, in pixels: both [x, y].
    middles: [[f64; 2]; 2],
    pixels_per_length: f64,
    pixels_per_displacement: f64,
}

impl Layout {
    fn new(nodes: &[NetworkNode], edges: &[[usize; 2]], look: &NetworkLook) -> Result<Self> {
        let length = |&[from, to]: &[usize; 2]| {
            let [a, b] = [nodes[from].rest, nodes[to].rest];
            (a[0] - b[0]).hypot(a[1] - b[1])
        };
        let shortest = edges.iter().map(length).fold(f64::INFINITY, f64::min);
        if !(shortest.is_finite() && shortest > 0.0) {
            let found = if edges.is_empty() { "no edges" } else { "an edge of no length" };
            return setting("edges between nodes that rest apart", found, "Check nodes and edges.");
        }
        let span = |axis: usize| {
            let along = || nodes.iter().map(|node| node.rest[axis]);
            (along().fold(f64::INFINITY, f64::min), along().fold(f64::NEG_INFINITY, f64::max))
        };
        let spans = [span(0), span(1)];
        let frame = [look.columns as f64, look.rows as f64];
        let fit = |axis: usize| frame[axis] / (spans[axis].1 - spans[axis].0 + shortest);
        let pixels_per_length = fit(0).min(fit(1));
        let middles =
            [spans.map(|(low, high)| f64::midpoint(low, high)), frame.map(|edge| f64::midpoint(edge, -1.0))];
        let growth = pixels_per_length * shortest / REFERENCE_LENGTH;
        Ok(Self { middles, pixels_per_length, pixels_per_displacement: look.displacement_scale * growth })
    }

    fn place(&self, node: &NetworkNode) -> Point {
        let along = |axis: usize| {
            let [network, frame] = self.middles.map(|middle| middle[axis]);
            let rest = frame + self.pixels_per_length * (node.rest[axis] - network);
            match node.part {
                Some(part) => Coordinate::moving(rest, 2 * part + axis, self.pixels_per_displacement),
                None => Coordinate::still(rest),
            }
        };
        Point { x: along(0), y: along(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, s};

    /// A square lattice of `count` x `count` nodes, those inside moving, with its edges.
    fn lattice(count: usize) -> (Vec<NetworkNode>, Vec<[usize; 2]>) {
        let (mut nodes, mut edges, mut parts) = (Vec::new(), Vec::new(), 0..);
        for (row, column) in (0..count * count).map(|index| (index / count, index % count)) {
            let inside = [row, column].iter().all(|place| (1..count - 1).contains(place));
            let part = if inside { parts.next() } else { None };
            let index = nodes.len();
            nodes.push(NetworkNode {
                rest: [2.5 * column as f64, 2.5 * row as f64],
                part,
                temperature: None,
            });
            if column > 0 {
                edges.push([index - 1, index]);
            }
            if row > 0 {
                edges.push([index, index - count]);
            }
        }
        (nodes, edges)
    }

    fn pixels_of(drawing: &Drawing, body: usize) -> (f64, f64) {
        match &drawing.bodies[body] {
            Body::Blob { at, .. } | Body::Oscillator { at, .. } => (at.x.rest, at.y.rest),
            Body::Filament { from, .. } => (from.x.rest, from.y.rest),
        }
    }

    /// Catches a lattice off the middle, rows taken for columns, and ends of filaments that look different.
    #[test]
    fn a_network_at_rest_has_the_mirrors_of_its_lattice() {
        let (nodes, edges) = lattice(6);
        let drawing = Drawing::network(&nodes, &edges, &NetworkLook::default()).unwrap();
        assert_eq!(drawing.bodies.len(), 60 + 36);
        let light = drawing.light(&Array1::zeros(32).view()).unwrap();
        let mirrors = [light.slice(s![..;-1, ..]), light.slice(s![.., ..;-1]), light.t()];
        for mirror in mirrors {
            assert!(light.iter().zip(&mirror).all(|(light, mirror)| (light - mirror).abs() < 1e-12));
        }
        // Nodes rest 80/6 pixels apart, the first at half of that from the edge, half a pixel before pixel 0.
        let (x, y) = pixels_of(&drawing, 60);
        assert!((x - (80.0 / 12.0 - 0.5)).abs() < 1e-12 && x == y, "{x}, {y}");
        let brightest = light.iter().copied().fold(0.0, f64::max);
        assert!((0.75..0.85).contains(&brightest), "{brightest}");
    }

    /// Catches x and y of a node exchanged, a node that follows its neighbour, and a scale that ignores the
    /// lattice.
    #[test]
    fn nodes_move_by_the_scale_of_their_lattice() {
        for (count, pixels) in [(6, 1.0), (8, 0.75)] {
            let (nodes, edges) = lattice(count);
            let drawing = Drawing::network(&nodes, &edges, &NetworkLook::default()).unwrap();
            let Body::Blob { at, .. } = &drawing.bodies[edges.len() + count + 2] else {
                panic!("a cross-link")
            };
            let (x, y) = (at.x.motion.clone(), at.y.motion.clone());
            let moves = |coordinate| Coordinate::moving(0.0, coordinate, 1.0).motion.unwrap();
            for (found, expected) in [(x, moves(2)), (y, moves(3))] {
                let Some(super::super::Motion::Along { coordinate, pixels_per_unit }) = found else {
                    panic!("a line")
                };
                let super::super::Motion::Along { coordinate: expected, .. } = expected else { panic!() };
                assert_eq!(coordinate, expected);
                assert!((pixels_per_unit - pixels).abs() < 1e-12);
            }
        }
    }

    /// Catches the wrong filament or cross-link left out.
    #[test]
    fn hidden_filaments_and_cross_links_are_those_named() {
        let (nodes, edges) = lattice(4);
        let draw = |filaments: &[usize], links: &[usize]| {
            let (hidden_filaments, hidden_cross_links) = (filaments.to_vec(), links.to_vec());
            let look = NetworkLook { hidden_filaments, hidden_cross_links, ..NetworkLook::default() };
            Drawing::network(&nodes, &edges, &look)
        };
        let (all, some) = (draw(&[], &[]).unwrap(), draw(&[3], &[7]).unwrap());
        let mut expected = all.bodies.clone();
        expected.remove(edges.len() + 7);
        expected.remove(3);
        assert_eq!(some.bodies, expected);
        let light = |drawing: &Drawing| drawing.light(&Array1::zeros(8).view()).unwrap();
        let missing = light(&all) - light(&draw(&[], &[7]).unwrap());
        let (x, y) = pixels_of(&all, edges.len() + 7);
        for ((row, column), found) in missing.indexed_iter() {
            let square = (row as f64 - y).powi(2) + (column as f64 - x).powi(2);
            assert!((found - 0.3 * (-square / 8.0).exp()).abs() < 1e-15);
        }
        for (filaments, links) in [(&[24][..], &[][..]), (&[], &[16])] {
            assert!(draw(filaments, links).unwrap_err().to_string().contains("counted from 0"));
        }
    }

    #[test]
    fn a_network_that_cannot_be_drawn_is_refused() {
        let (nodes, edges) = lattice(3);
        let refused = |nodes: &[NetworkNode], edges: &[[usize; 2]], text: &str| {
            let look: NetworkLook = toml::from_str(text).unwrap();
            let drawing = Drawing::network(nodes, edges, &look);
            drawing.and_then(|drawing| drawing.light(&Array1::zeros(2).view())).unwrap_err().to_string()
        };
        assert!(refused(&nodes, &[], "").contains("found no edges"));
        assert!(refused(&nodes, &[[1, 1]], "").contains("an edge of no length"));
        assert!(refused(&nodes, &[[0, 9]], "").contains("nodes 0 to 8, found [0, 9]"));
        let lost = vec![NetworkNode { rest: [f64::NAN, 0.0], part: None, temperature: None }; 2];
        assert!(refused(&lost, &[[0, 1]], "").contains("finite rest positions"));
        assert!(refused(&nodes, &edges, "displacement_scale = -1.0").contains("displacement_scale"));
        assert!(refused(&nodes, &edges, "filament_width = 0.0").contains("positive, finite width"));
        assert!(refused(&nodes, &edges, "rows = 0").contains("rows"));
        assert!(toml::from_str::<NetworkLook>("width = 2.0").is_err());
    }
}
