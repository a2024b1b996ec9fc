//! A function's binary as Lambda runs it: it polls the Runtime API, is handed events, and answers.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A binary that has not polled by then does not start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts the binary with Lambda's environment and nothing else; the first line that it asks of the Runtime API, none
/// when it asks nothing. The process is ended.
pub fn first_request(binary: &str) -> Option<String> {
    let api = TcpListener::bind("127.0.0.1:0").ok()?;
    api.set_nonblocking(true).ok()?;
    let mut process = started(Path::new(binary), api.local_addr().ok()?).spawn().ok()?;
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

/// The binary with Lambda's environment and nothing else.
fn started(binary: &Path, api: SocketAddr) -> Command {
    let mut command = Command::new(binary);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_REGION", "us-east-1")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Starts the binary with these variables beside Lambda's own, hands it the events one after the other as the Runtime API
/// does, and returns what it answered to each, none where it failed. The process is ended.
///
/// # Errors
/// When the binary does not start, or does not answer in time.
pub fn answers(
    binary: &Path,
    variables: &BTreeMap<String, String>,
    events: &[Value],
) -> io::Result<Vec<Option<Value>>> {
    let api = TcpListener::bind("127.0.0.1:0")?;
    api.set_nonblocking(true)?;
    let mut process = started(binary, api.local_addr()?).envs(variables).spawn()?;
    let told = converse(&api, events);
    // It may have ended by itself.
    drop(process.kill());
    drop(process.wait());
    told
}

fn converse(api: &TcpListener, events: &[Value]) -> io::Result<Vec<Option<Value>>> {
    let (mut waiting, mut told) = (events.iter(), Vec::new());
    let until = Instant::now() + PATIENCE;
    while told.len() < events.len() {
        if Instant::now() > until {
            return Err(io::Error::other("the binary does not answer"));
        }
        let Ok((stream, _)) = api.accept() else {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        };
        stream.set_nonblocking(false)?;
        let asked = Asked::read(&stream)?;
        if asked.path.ends_with("/invocation/next") {
            let Some(event) = waiting.next() else { continue };
            let head = "Lambda-Runtime-Aws-Request-Id: one\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n\
                Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:one\r\n";
            answer(&stream, "200 OK", head, &event.to_string())?;
        } else {
            let failed = !asked.path.ends_with("/response");
            told.push(if failed { None } else { serde_json::from_slice(&asked.body).ok() });
            answer(&stream, "202 Accepted", "", "")?;
        }
    }
    Ok(told)
}

/// A request of the binary.
struct Asked {
    path: String,
    body: Vec<u8>,
}

impl Asked {
    fn read(stream: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Self { path, body })
    }
}

fn answer(mut stream: &TcpStream, status: &str, head: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}"
    )
}
