//! Runs `test_clock.py` with the interpreter that is installed here, and the module that cargo has built.
//!
//! Cargo sets no name that Python would find. `PYTHON` names another interpreter than `python3`.

use std::env;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

/// The script exits with 0 if the interpreter can load the module.
const IS_SUPPORTED: &str = "import sys; sys.exit(sys.version_info < (3, 9))";

fn main() -> ExitCode {
    let Some(python) = find_python() else {
        println!("LEFT OUT: no Python 3.9 or later here to load the module with");
        return ExitCode::SUCCESS;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let built = env::current_exe().expect("a test has a path").with_file_name(format!("{DLL_PREFIX}clock{DLL_SUFFIX}"));
    let module = folder.join(if cfg!(windows) { "clock.pyd" } else { "clock.abi3.so" });
    std::fs::copy(built, module).expect("the module is where the dependencies of the test are");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test_clock.py");
    let status = Command::new(python).arg(tests).env("PYTHONPATH", folder).env("PYTHONDONTWRITEBYTECODE", "1").status();
    if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn find_python() -> Option<OsString> {
    let named = env::var_os("PYTHON").map_or_else(|| vec!["python3".into(), "python".into()], |named| vec![named]);
    named.into_iter().find(|python| {
        let outcome = Command::new(python).args(["-c", IS_SUPPORTED]).output();
        outcome.is_ok_and(|output| output.status.success())
    })
}
