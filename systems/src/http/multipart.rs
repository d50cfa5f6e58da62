//! Forms of several parts.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use futures::Stream;
use reqwest::header::HeaderMap;
use reqwest::multipart as asynchronous;
use sync_bridge::sync_bridge;

use super::{Body, Result};

/// A form of several parts.
#[sync_bridge(remote = asynchronous::Form)]
#[derive(Debug, Default)]
pub struct Form;

/// A part of a form.
#[sync_bridge(remote = asynchronous::Part)]
#[derive(Debug)]
pub struct Part;

#[sync_bridge(remote = asynchronous::Form, twins(Part))]
impl Form {
    /// Returns a form without parts.
    pub fn new() -> Self;

    /// Returns what stands between two parts.
    pub fn boundary(&self) -> &str;

    /// Adds a text.
    pub fn text<T, U>(self, name: T, value: U) -> Self
    where
        T: Into<Cow<'static, str>>,
        U: Into<Cow<'static, str>>;

    /// Adds a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub async fn file<T, U>(self, name: T, path: U) -> io::Result<Self>
    where
        T: Into<Cow<'static, str>>,
        U: AsRef<Path>;

    /// Adds a part.
    pub fn part<T: Into<Cow<'static, str>>>(self, name: T, part: Part) -> Self;

    /// Encodes names as parts of a path.
    pub fn percent_encode_path_segment(self) -> Self;

    /// Encodes all but the characters that an attribute may have.
    pub fn percent_encode_attr_chars(self) -> Self;

    /// Encodes nothing.
    pub fn percent_encode_noop(self) -> Self;

    /// Returns a reader of the form, as it would be sent.
    ///
    /// # Errors
    ///
    /// If the process-wide bridge cannot be started.
    #[bridge(read, rename = "into_reader", error = wrap)]
    pub fn into_stream(self) -> impl Stream<Item = reqwest::Result<Bytes>> + use<>;
}

#[sync_bridge(remote = asynchronous::Part, twins(Body))]
impl Part {
    /// Returns a part that is a text.
    pub fn text<T: Into<Cow<'static, str>>>(value: T) -> Self;

    /// Returns a part that is bytes.
    pub fn bytes<T: Into<Cow<'static, [u8]>>>(value: T) -> Self;

    /// Returns a part that is read while the form is sent.
    pub fn reader<R: Read + Send + 'static>(reader: R) -> Self {
        Self::stream(Body::new(reader))
    }

    /// Returns a part of a known length that is read while the form is sent.
    pub fn reader_with_length<R: Read + Send + 'static>(reader: R, length: u64) -> Self {
        Self::stream_with_length(Body::new(reader), length)
    }

    pub(super) fn stream(value: Body) -> Self;

    pub(super) fn stream_with_length(value: Body, length: u64) -> Self;

    /// Returns a part that is a file, with its name and its type.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub async fn file<T: AsRef<Path>>(path: T) -> io::Result<Self>;

    /// Sets the type of the part.
    ///
    /// # Errors
    ///
    /// If this is not a type.
    pub fn mime_str(self, mime: &str) -> Result<Self>;

    /// Sets the name of the file.
    pub fn file_name<T: Into<Cow<'static, str>>>(self, filename: T) -> Self;

    /// Sets the headers of the part.
    pub fn headers(self, headers: HeaderMap) -> Self;
}
