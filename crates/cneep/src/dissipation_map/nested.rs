//! Stores maps as lists of rows, as every program reads them.

use ndarray::Array2;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes one list a row.
pub(crate) fn serialize<S: Serializer>(map: &Array2<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    map.outer_iter().map(|row| row.to_vec()).collect::<Vec<_>>().serialize(serializer)
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Array2<f64>, D::Error> {
    let rows = Vec::<Vec<f64>>::deserialize(deserializer)?;
    let shape = (rows.len(), rows.first().map_or(0, Vec::len));
    Array2::from_shape_vec(shape, rows.concat()).map_err(|_| D::Error::custom("rows of unequal length"))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Map(#[serde(with = "super")] Array2<f64>);

    #[test]
    fn a_map_is_a_list_of_rows() {
        let map = Map(array![[1.0, 2.0, 3.0], [4.0, 5.0, 0.1]]);
        let text = serde_json::to_string(&map).unwrap();
        assert_eq!(text, "[[1.0,2.0,3.0],[4.0,5.0,0.1]]");
        assert_eq!(serde_json::from_str::<Map>(&text).unwrap(), map);
        assert!(serde_json::from_str::<Map>("[[1.0],[2.0,3.0]]").is_err());
    }
}
