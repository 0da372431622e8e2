//! Knows movies by the bytes of their files.

use super::manifest::hexadecimal;
use cneep_movie::error::{Error, Result};
use cneep_movie::input_file;
use cneep_movie::video::{file_and_array, files_of_pattern};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// SHA-256 of what is at `path`: of a file its bytes; of a folder names and bytes of all files in it; of a
/// pattern those of all it fits; of an array in a file, such as `file.h5:/movie`, those of the file.
///
/// # Errors
/// [`Error::Io`] if something cannot be read; [`Error::Setting`] for a pattern that fits nothing.
pub(crate) fn hash_of(path: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    if path.is_dir() {
        add_folder(&mut hash, path, path)?;
        return Ok(hexadecimal(&hash.finalize()));
    }
    if let Some(files) = files_of_pattern(path)? {
        for file in files {
            hash.update(file.file_name().unwrap_or_default().as_encoded_bytes());
            hash.update([0]);
            add_file(&mut hash, &file)?;
        }
        return Ok(hexadecimal(&hash.finalize()));
    }
    add_file(&mut hash, &file_and_array(path).0)?;
    Ok(hexadecimal(&hash.finalize()))
}

fn add_folder(hash: &mut Sha256, home: &Path, folder: &Path) -> Result<()> {
    let entries = folder.read_dir().map_err(|refusal| Error::reading(folder, refusal))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_folder(hash, home, &path)?;
        } else {
            let name = path.strip_prefix(home).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            hash.update(name.as_bytes());
            hash.update([0]);
            add_file(hash, &path)?;
        }
    }
    Ok(())
}

fn add_file(hash: &mut Sha256, path: &Path) -> Result<()> {
    let mut file = input_file::open(path, "a movie")?;
    let mut block = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut block).map_err(|refusal| Error::reading(path, refusal))?;
        if count == 0 {
            return Ok(());
        }
        hash.update(&block[..count]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a frame that is renamed or changed in a folder and goes unseen, and a movie that is another
    /// one for being moved.
    #[test]
    fn a_folder_is_known_by_names_and_bytes() {
        let home = tempfile::tempdir().unwrap();
        let written = |folder: &str, frames: &[(&str, &str)]| {
            let folder = home.path().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            for (name, bytes) in frames {
                std::fs::write(folder.join(name), bytes).unwrap();
            }
            hash_of(&folder).unwrap()
        };
        let one = written("one", &[("a.png", "1"), ("b.png", "2")]);
        assert_eq!(one, written("two", &[("a.png", "1"), ("b.png", "2")]));
        assert_ne!(one, written("three", &[("a.png", "1"), ("c.png", "2")]));
        assert_ne!(one, written("four", &[("a.png", "1"), ("b.png", "3")]));
        let array = home.path().join("one").join("a.png:/movie");
        assert_eq!(hash_of(&array).unwrap(), hash_of(&home.path().join("one/a.png")).unwrap());
        assert!(hash_of(&home.path().join("one/*.tif")).is_err());
    }
}
