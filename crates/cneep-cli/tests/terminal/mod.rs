//! Runs the program as at a terminal, for tests.

use std::path::Path;

/// Standard output, standard error and exit code of `cneep LINE` in `folder`.
pub(crate) fn run(folder: &Path, line: &str) -> (String, String, i32) {
    let mut program = assert_cmd::cargo::cargo_bin_cmd!("cneep");
    let output = program.current_dir(folder).args(line.split(' ')).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().expect("the program ends by itself"))
}

/// What `cneep LINE` prints, which must succeed.
pub(crate) fn done(folder: &Path, line: &str) -> String {
    let (printed, told, code) = run(folder, line);
    assert_eq!(code, 0, "cneep {line}: {told}");
    printed
}
