//! Whether a function's binary starts: the first thing that Lambda sees of it is a poll of the Runtime API.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A binary that has not polled by then does not start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts the binary with Lambda's environment and nothing else; the first line that it asks of the Runtime API, none
/// when it asks nothing. The process is ended.
pub fn first_request(binary: &str) -> Option<String> {
    let api = TcpListener::bind("127.0.0.1:0").ok()?;
    api.set_nonblocking(true).ok()?;
    let mut process = Command::new(binary)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api.local_addr().ok()?.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_REGION", "us-east-1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let until = Instant::now() + PATIENCE;
    let mut asked = None;
    while asked.is_none() && Instant::now() < until {
        match api.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).ok()?;
                let mut line = String::new();
                BufReader::new(stream).read_line(&mut line).ok()?;
                asked = Some(line.trim().to_owned());
            }
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    // It may have ended by itself.
    drop(process.kill());
    drop(process.wait());
    asked
}
