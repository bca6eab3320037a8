//! The binary `latchkey`; everything is in the library.

fn main() -> std::process::ExitCode {
    latchkey_server::cli::main()
}
