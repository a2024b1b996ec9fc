//! How the kit reaches the vendor: a pair of queues, or a pair of folders with files.

use icm_contract::vendor::file;
use icm_domain::ids::VendorId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Messages in one request (the service's limit).
const BATCH: i32 = 10;

/// Why the kit could not be played.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// A queue did not answer.
    #[error("queue: {0}")]
    Queue(String),
    /// A folder could not be read or written.
    #[error("{what}: {source}")]
    Folder {
        /// Which.
        what: String,
        /// Cause.
        source: std::io::Error,
    },
    /// A file of the vendor has no header that is known.
    #[error("{file}: {field} is missing or not as published")]
    File {
        /// Its name.
        file: String,
        /// Column or line.
        field: String,
    },
}

/// The vendor's end of the contract.
#[derive(Debug)]
pub enum Transport {
    /// Queues.
    Queues {
        /// Client of the queue service.
        client: aws_sdk_sqs::Client,
        /// Address of the offer queue.
        offers: String,
        /// Address of the reply queue.
        replies: String,
    },
    /// Folders: `out/` from the payer, `in/` from the vendor.
    Files {
        /// The folder that holds both.
        folder: PathBuf,
        /// Number of the last file written.
        written: u32,
        /// Files already read.
        read: BTreeSet<PathBuf>,
    },
}

fn wrong(path: &Path) -> impl Fn(std::io::Error) -> TransportError + '_ {
    move |source| TransportError::Folder { what: path.display().to_string(), source }
}

fn refused<E: std::error::Error>(error: E) -> TransportError {
    TransportError::Queue(error.source().map_or_else(|| error.to_string(), ToString::to_string))
}

impl Transport {
    /// Over the folder `folder`.
    ///
    /// # Errors
    /// When the two folders cannot be made.
    pub fn files(folder: &Path) -> Result<Self, TransportError> {
        for side in ["out", "in"] {
            std::fs::create_dir_all(folder.join(side)).map_err(wrong(folder))?;
        }
        Ok(Self::Files { folder: folder.to_owned(), written: 0, read: BTreeSet::new() })
    }

    /// Forgets what an earlier run left.
    pub(super) async fn clear(&mut self) -> Result<(), TransportError> {
        loop {
            if self.receive().await?.is_empty() {
                return Ok(());
            }
        }
    }

    /// Sends messages to the vendor, in order.
    pub(super) async fn send(&mut self, bodies: &[String]) -> Result<(), TransportError> {
        if bodies.is_empty() {
            return Ok(());
        }
        match self {
            Self::Queues { client, offers, .. } => {
                for body in bodies {
                    client
                        .send_message()
                        .queue_url(&*offers)
                        .message_body(body)
                        .send()
                        .await
                        .map_err(refused)?;
                }
                Ok(())
            }
            Self::Files { folder, written, .. } => {
                for (ending, text) in file::to_files(bodies.iter().map(String::as_str)).unwrap_or_default() {
                    *written += 1;
                    let name = format!("{}-{written:04}.{ending}", super::wall_now().millis());
                    let path = folder.join("out").join(name);
                    // Beside and moved: the vendor never sees half a file.
                    let beside = path.with_extension("part");
                    std::fs::write(&beside, text).map_err(wrong(&beside))?;
                    std::fs::rename(&beside, &path).map_err(wrong(&path))?;
                }
                Ok(())
            }
        }
    }

    /// What the vendor has said since the last time.
    pub(super) async fn receive(&mut self) -> Result<Vec<String>, TransportError> {
        match self {
            Self::Queues { client, replies, .. } => take(client, replies).await,
            Self::Files { folder, read, .. } => new_rows(&folder.join("in"), read),
        }
    }
}

async fn take(client: &aws_sdk_sqs::Client, url: &str) -> Result<Vec<String>, TransportError> {
    let mut bodies = Vec::new();
    loop {
        let asked = client.receive_message().queue_url(url).max_number_of_messages(BATCH);
        let messages = asked.send().await.map_err(refused)?.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(bodies);
        }
        for message in messages {
            let handle = message.receipt_handle().unwrap_or_default();
            client.delete_message().queue_url(url).receipt_handle(handle).send().await.map_err(refused)?;
            bodies.extend(message.body);
        }
    }
}

fn new_rows(folder: &Path, read: &mut BTreeSet<PathBuf>) -> Result<Vec<String>, TransportError> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(wrong(folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let ending = path.extension().and_then(std::ffi::OsStr::to_str);
            matches!(ending, Some("csv" | "json" | "ndjson")) && !read.contains(path)
        })
        .collect();
    found.sort();
    let mut bodies = Vec::new();
    for path in found {
        let bytes = std::fs::read(&path).map_err(wrong(&path))?;
        let name = path.display().to_string();
        let rows = file::to_bodies(&VendorId::new(super::SANDBOX), &bytes)
            .map_err(|flaw| TransportError::File { file: name, field: flaw.field.to_string() })?;
        // A row that is no row is judged as a message that is no message.
        bodies.extend(rows.into_iter().map(Result::unwrap_or_default));
        read.insert(path);
    }
    Ok(bodies)
}
