//! Decodes the luma of a baseline JPEG picture.

use super::header::{Component, Header, ZIGZAG};
use super::huffman::{Bits, Table};
use super::refusal::{Refusal, Result, broken};
use super::transform::{Rounding, place_block};

/// Counts by which the mean chroma of a block may differ from grey in a grey picture.
const GREY: i32 = 2;

/// Writes the luma of the picture to `pixels`, row by row; whether there is colour beside it.
pub(super) fn decode(bytes: &[u8], header: &Header, rounding: Rounding, pixels: &mut [u8]) -> Result<bool> {
    let tables = header.components.iter().map(|component| tables(header, component));
    let tables = tables.collect::<Result<Vec<_>>>()?;
    let luma = &header.components[0];
    let quantisation = &header.quantisation[luma.quantisation];
    if quantisation.iter().all(|&step| step == 0) {
        return broken("no quantisation table");
    }
    let (units_across, units_down) =
        (header.columns.div_ceil(8 * luma.across), header.rows.div_ceil(8 * luma.down));
    let mut bits = Bits::new(&bytes[header.data..]);
    let mut last = vec![0_i32; header.components.len()];
    let mut coefficients = [0_i16; 64];
    let mut colour = false;
    let units = units_across * units_down;
    for unit in 0..units {
        if header.restart > 0 && unit > 0 && unit % header.restart == 0 {
            bits.restart()?;
            last.fill(0);
        }
        for (index, component) in header.components.iter().enumerate() {
            let (dc, ac) = tables[index];
            for block in 0..component.across * component.down {
                let size = bits.symbol(dc)?;
                last[index] = last[index].wrapping_add(bits.number(u32::from(size).min(16)));
                if index > 0 {
                    let step = header.quantisation[component.quantisation][0];
                    colour |= last[index].saturating_mul(step.into()).saturating_abs() > 8 * GREY;
                    skip(&mut bits, ac)?;
                    continue;
                }
                coefficients.fill(0);
                coefficients[0] = rounding.offset_dc(last[0], quantisation[0]);
                fill(&mut bits, ac, quantisation, &mut coefficients)?;
                let row = 8 * (unit / units_across * luma.down + block / luma.across);
                let column = 8 * (unit % units_across * luma.across + block % luma.across);
                place_block(&coefficients, rounding, pixels, header.columns, (row, column));
            }
        }
        if bits.is_beyond() {
            return broken("an end within its pixels");
        }
    }
    Ok(colour)
}

fn tables<'a>(header: &'a Header, component: &Component) -> Result<(&'a Table, &'a Table)> {
    let missing = || Refusal::Broken("no Huffman table for a component".into());
    let standard = super::huffman::standard();
    let luma = component.id == header.components[0].id;
    let pick = |own: &'a Option<Table>, luminance: &'a Table, chrominance: &'a Table| {
        // Motion JPEG leaves the tables of the standard out.
        own.as_ref().or(Some(if luma { luminance } else { chrominance }))
    };
    let dc = pick(&header.dc[component.dc], &standard[0], &standard[2]).ok_or_else(missing)?;
    let ac = pick(&header.ac[component.ac], &standard[1], &standard[3]).ok_or_else(missing)?;
    Ok((dc, ac))
}

/// Reads the other coefficients of a block.
#[inline]
fn fill(bits: &mut Bits<'_>, table: &Table, steps: &[u16; 64], coefficients: &mut [i16; 64]) -> Result<()> {
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol(table)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if run != 15 {
                break;
            }
            at += 16;
            continue;
        }
        at += run;
        let number = bits.number(size);
        let Some(&place) = ZIGZAG.get(at) else { return broken("more coefficients than a block has") };
        let place = usize::from(place);
        coefficients[place] = number.wrapping_mul(i32::from(steps[place])) as i16;
        at += 1;
    }
    Ok(())
}

/// Passes over the other coefficients of a block.
#[inline]
fn skip(bits: &mut Bits<'_>, table: &Table) -> Result<()> {
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol(table)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 && run != 15 {
            break;
        }
        bits.number(size);
        at += run + 1;
    }
    Ok(())
}
