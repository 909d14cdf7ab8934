//! The binary.

fn main() -> std::process::ExitCode {
    jumpstart_vpc::cli::run()
}
