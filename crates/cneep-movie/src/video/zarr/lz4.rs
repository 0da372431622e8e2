//! Undoes blocks of LZ4.

/// Undoes a block of LZ4 of `size` bytes.
pub(super) fn lz4(coded: &[u8], size: usize) -> std::result::Result<Vec<u8>, String> {
    let mut out = vec![0; size];
    let count = lz4_flex::block::decompress_into(coded, &mut out).map_err(|error| error.to_string())?;
    out.truncate(count);
    Ok(out)
}
