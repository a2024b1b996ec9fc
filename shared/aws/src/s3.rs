//! A bucket of S3.

use crate::error::{Intent, port_error};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use icm_ports::{ArchiveRead, ArchiveWrite, ObjectMeta, ObjectRead, PortError, Result};

/// A bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of this name.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// The bucket named by the variable `var`.
    pub fn from_env(client: Client, var: &str) -> Self {
        Self::new(client, std::env::var(var).unwrap_or_default())
    }
}

impl ObjectRead for Bucket {
    async fn meta(&self, key: &str) -> Result<Option<ObjectMeta>> {
        match self.client.head_object().bucket(&self.name).key(key).send().await {
            Ok(found) => Ok(Some(ObjectMeta {
                size: found.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
                tag: found.e_tag().unwrap_or_default().into(),
            })),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_s3::operation::head_object::HeadObjectError::is_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(port_error("find object", Intent::Read, &error)),
        }
    }

    async fn range(&self, key: &str, offset: u64, length: u64) -> Result<Vec<u8>> {
        const OPERATION: &str = "read object";
        if length == 0 {
            return Ok(Vec::new());
        }
        let range = format!("bytes={offset}-{}", offset.saturating_add(length - 1));
        let answer = match self.client.get_object().bucket(&self.name).key(key).range(range).send().await {
            Ok(answer) => answer,
            // Past the end: nothing more to read.
            Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 416) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(port_error(OPERATION, Intent::Read, &error)),
        };
        let body = answer.body.collect().await;
        let body = body.map_err(|_| PortError::Unavailable { operation: OPERATION })?;
        Ok(body.to_vec())
    }
}

/// The bucket of vendors without queues. Each vendor's files are encrypted with its own key, the only one that its role may
/// use.
#[derive(Clone, Debug)]
pub struct VendorBucket {
    client: Client,
    name: String,
    environment: String,
}

impl VendorBucket {
    /// From `VENDOR_BUCKET` and `ENVIRONMENT`.
    pub fn from_env(client: Client) -> Self {
        let named = |name: &str| std::env::var(name).unwrap_or_default();
        Self { client, name: named("VENDOR_BUCKET"), environment: named("ENVIRONMENT") }
    }

    /// The key of the vendor whose folder an object lies in: `out/<vendor>/…`.
    fn encryption_key(&self, key: &str) -> Option<String> {
        let vendor = key.split('/').nth(1).filter(|vendor| !vendor.is_empty())?;
        Some(format!("alias/icm-{}-vendor-{vendor}", self.environment))
    }
}

impl ArchiveWrite for VendorBucket {
    async fn archive(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        const OPERATION: &str = "write vendor file";
        let own = self.encryption_key(key).ok_or(PortError::Corrupt { operation: OPERATION })?;
        let put = self.client.put_object().bucket(&self.name).key(key).body(ByteStream::from(bytes));
        put.server_side_encryption(ServerSideEncryption::AwsKms)
            .ssekms_key_id(own)
            .send()
            .await
            .map_err(|error| port_error(OPERATION, Intent::Write, &error))?;
        Ok(())
    }
}

impl ArchiveWrite for Bucket {
    async fn archive(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(|error| port_error("write archive", Intent::Write, &error))?;
        Ok(())
    }
}

impl ArchiveRead for Bucket {
    async fn archived(&self, key: &str) -> Result<Vec<u8>> {
        const OPERATION: &str = "read archive";
        let answer = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(answer) => answer,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_s3::operation::get_object::GetObjectError::is_no_such_key) =>
            {
                return Err(PortError::Corrupt { operation: OPERATION });
            }
            Err(error) => return Err(port_error(OPERATION, Intent::Read, &error)),
        };
        let body = answer.body.collect().await;
        Ok(body.map_err(|_| PortError::Unavailable { operation: OPERATION })?.to_vec())
    }
}
