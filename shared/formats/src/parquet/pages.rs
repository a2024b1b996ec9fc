//! Pages of one column of one row group, decompressed one at a time.

use super::header::{
    COMPRESSED, DATA_2, DEFINITION_BYTES, DEFINITIONS, DICTIONARY, ENCODING, ENCODING_2, Header, INDEX,
    NULLS, REPETITION_BYTES, ROWS, VALUES,
};
use super::store::Store;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::{CompressionCodec, Encoding};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use std::io::Read;

/// Largest page accepted, decompressed: writers aim at one MiB.
const PAGE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Most values in a page: decoders make room for all of them.
const PAGE_VALUES_MAX: u32 = 4 * 1024 * 1024;
/// Bytes read to find a page's header, and the longest header (it may hold statistics with long texts).
const HEADER_BYTES: [u64; 2] = [256, 1024 * 1024];

/// The pages, in order.
pub(super) struct Pages {
    store: Store,
    codec: CompressionCodec,
    /// Where the next header stands, and where the column ends.
    at: u64,
    end: u64,
}

impl Pages {
    /// The pages of a column; none when its place makes no sense.
    pub(super) fn of(chunk: &ColumnChunkMetaData, store: Store) -> Option<Self> {
        // Some writers state an offset of 0 for a dictionary that is not there.
        let dictionary =
            chunk.dictionary_page_offset().filter(|at| (1..chunk.data_page_offset()).contains(at));
        let at = u64::try_from(dictionary.unwrap_or(chunk.data_page_offset())).ok()?;
        let end = at.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?;
        Some(Self { store, codec: chunk.compression_codec(), at, end })
    }

    /// The next header; moves behind it.
    fn header(&mut self) -> Option<Header> {
        HEADER_BYTES.into_iter().find_map(|length| {
            let bytes = self.store.at(self.at, length.min(self.end.checked_sub(self.at)?)).ok()?;
            let (header, length) = Header::read(&bytes)?;
            self.at += length as u64;
            Some(header)
        })
    }

    /// The page behind a header.
    fn page(&mut self, header: &Header) -> Option<Page> {
        let stored = u64::try_from(header.compressed).ok().filter(|bytes| *bytes <= PAGE_BYTES_MAX)?;
        let plain = u64::try_from(header.plain).ok().filter(|bytes| *bytes <= PAGE_BYTES_MAX)?;
        let bytes = self.store.at(self.at, stored).ok()?;
        self.at += stored;
        let num_values = header.own(VALUES).filter(|values| *values <= PAGE_VALUES_MAX)?;
        Some(match header.kind {
            DICTIONARY => Page::DictionaryPage {
                buf: self.decompressed(&bytes, plain)?,
                num_values,
                encoding: header.encoding(ENCODING)?,
                is_sorted: false,
            },
            DATA_2 => self.second_version(header, &bytes, plain)?,
            _ => Page::DataPage {
                buf: self.decompressed(&bytes, plain)?,
                num_values,
                encoding: header.encoding(ENCODING)?,
                def_level_encoding: header.encoding(DEFINITIONS)?,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            },
        })
    }

    /// A data page of version 2: the levels stand before the values and are never compressed.
    fn second_version(&self, header: &Header, bytes: &Bytes, plain: u64) -> Option<Page> {
        let levels = [header.own(DEFINITION_BYTES)?, header.own(REPETITION_BYTES)?];
        let length = u64::from(levels[0]) + u64::from(levels[1]);
        let values = bytes.get(usize::try_from(length).ok()?..)?;
        let mut buf = bytes.get(..bytes.len() - values.len())?.to_vec();
        if header.own(COMPRESSED) == Some(0) || values.is_empty() {
            buf.extend_from_slice(values);
        } else {
            buf.extend_from_slice(
                &self.decompressed(&Bytes::copy_from_slice(values), plain.checked_sub(length)?)?,
            );
        }
        Some(Page::DataPageV2 {
            buf: buf.into(),
            num_values: header.own(VALUES)?,
            encoding: header.encoding(ENCODING_2)?,
            num_nulls: header.own(NULLS)?,
            num_rows: header.own(ROWS)?,
            def_levels_byte_len: levels[0],
            rep_levels_byte_len: levels[1],
            is_compressed: false,
            statistics: None,
        })
    }

    /// The bytes as they were before compression: exactly so many, or the page is damaged.
    fn decompressed(&self, bytes: &Bytes, plain: u64) -> Option<Bytes> {
        let length = usize::try_from(plain).ok()?;
        let reader: Box<dyn Read + '_> = match self.codec {
            CompressionCodec::UNCOMPRESSED => return (bytes.len() == length).then(|| bytes.clone()),
            CompressionCodec::SNAPPY => {
                if snap::raw::decompress_len(bytes).ok()? != length {
                    return None;
                }
                return snap::raw::Decoder::new().decompress_vec(bytes).ok().map(Bytes::from);
            }
            CompressionCodec::GZIP => Box::new(MultiGzDecoder::new(&**bytes)),
            CompressionCodec::ZSTD => Box::new(ruzstd::decoding::StreamingDecoder::new(&**bytes).ok()?),
            CompressionCodec::LZO
            | CompressionCodec::BROTLI
            | CompressionCodec::LZ4
            | CompressionCodec::LZ4_RAW => {
                return None;
            }
        };
        let mut out = Vec::with_capacity(length);
        reader.take(plain + 1).read_to_end(&mut out).ok()?;
        (out.len() == length).then(|| out.into())
    }
}

fn damaged() -> ParquetError {
    ParquetError::General("damaged page".to_owned())
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        while self.at < self.end {
            let header = self.header().ok_or_else(damaged)?;
            if header.kind == INDEX {
                self.at += u64::try_from(header.compressed).map_err(|_| damaged())?;
            } else {
                return self.page(&header).ok_or_else(damaged).map(Some);
            }
        }
        Ok(None)
    }

    /// Pages are only read, one after the other.
    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        Err(damaged())
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.get_next_page().map(|_| ())
    }
}
