//! The builder of a client.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Proxy, retry};
use sync_bridge::{TwinType, sync_bridge};

use super::{Client, Result, limits};

/// Builds a [`Client`].
#[sync_bridge(remote = reqwest::ClientBuilder)]
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder;

#[sync_bridge(remote = reqwest::ClientBuilder, twins(Client))]
impl ClientBuilder {
    /// Returns a builder with the default settings. Each operation has a time limit of 30 seconds.
    pub fn new() -> Self {
        let builder = Self::from_async(reqwest::ClientBuilder::new());
        // `build` returns the error, if there is one.
        match limits::default() {
            Ok(bridge) => builder.with_bridge(&bridge),
            Err(_) => builder,
        }
    }

    /// Sets how long an operation may take: to send the request and to receive the headers of the response, to read the
    /// whole body, or to read from it once. `None` sets no limit.
    pub fn timeout<T: Into<Option<Duration>>>(self, timeout: T) -> Self {
        let bridge = match timeout.into() {
            Some(limit) => limits::limited(limit),
            None => limits::unlimited().cloned(),
        };
        // `build` returns the error, if there is one.
        match bridge {
            Ok(bridge) => self.with_bridge(&bridge),
            Err(_) => self,
        }
    }

    /// Builds the client. This sends nothing.
    ///
    /// # Errors
    ///
    /// If the settings cannot be used, or the runtime cannot be started.
    pub fn build(self) -> Result<Client> {
        limits::unlimited()?;
        self.build_on_bridge()
    }

    #[bridge(calls = reqwest::ClientBuilder::build)]
    pub(super) fn build_on_bridge(self) -> Result<Client>;

    /// Sets how long the connection may take. `None` leaves it to the other limits.
    pub fn connect_timeout<T: Into<Option<Duration>>>(self, timeout: T) -> Self {
        match timeout.into() {
            Some(timeout) => self.limit_connect(timeout),
            None => self,
        }
    }

    #[bridge(calls = reqwest::ClientBuilder::connect_timeout)]
    pub(super) fn limit_connect(self, timeout: Duration) -> Self;

    /// Sets how long the server may send nothing.
    pub fn read_timeout(self, timeout: Duration) -> Self;

    /// Sets the `user-agent` header of each request.
    pub fn user_agent<V>(self, value: V) -> Self
    where
        V: TryInto<HeaderValue>,
        V::Error: Into<http::Error>;

    /// Sets the headers that each request has.
    pub fn default_headers(self, headers: HeaderMap) -> Self;

    /// Sets which redirects are followed.
    pub fn redirect(self, policy: Policy) -> Self;

    /// Sets which requests are sent again.
    pub fn retry(self, policy: retry::Builder) -> Self;

    /// Sets whether a redirected request has a `referer` header.
    pub fn referer(self, enable: bool) -> Self;

    /// Adds a proxy.
    pub fn proxy(self, proxy: Proxy) -> Self;

    /// Removes all proxies, also that of the system.
    pub fn no_proxy(self) -> Self;

    /// Refuses URLs that are not `https`.
    pub fn https_only(self, enabled: bool) -> Self;

    /// Logs what connections send and receive.
    pub fn connection_verbose(self, verbose: bool) -> Self;

    /// Sets how long an idle connection is kept.
    pub fn pool_idle_timeout<D: Into<Option<Duration>>>(self, timeout: D) -> Self;

    /// Sets how many idle connections to a host are kept.
    pub fn pool_max_idle_per_host(self, max: usize) -> Self;

    /// Sends the names of headers in title case.
    pub fn http1_title_case_headers(self) -> Self;

    /// Accepts headers of several lines.
    pub fn http1_allow_obsolete_multiline_headers_in_responses(self, value: bool) -> Self;

    /// Ignores headers that are not valid.
    pub fn http1_ignore_invalid_headers_in_responses(self, value: bool) -> Self;

    /// Accepts spaces after the name of a header.
    pub fn http1_allow_spaces_after_header_name_in_responses(self, value: bool) -> Self;

    /// Sets how many headers a response may have.
    pub fn http1_max_headers(self, max: usize) -> Self;

    /// Uses HTTP/1 only.
    pub fn http1_only(self) -> Self;

    /// Accepts responses of HTTP/0.9.
    pub fn http09_responses(self) -> Self;

    /// Sets whether small packets are sent at once.
    pub fn tcp_nodelay(self, enabled: bool) -> Self;

    /// Sets how long a connection is idle before it is probed.
    pub fn tcp_keepalive<D: Into<Option<Duration>>>(self, time: D) -> Self;

    /// Sets the time between two probes.
    pub fn tcp_keepalive_interval<D: Into<Option<Duration>>>(self, interval: D) -> Self;

    /// Sets how many probes may be lost.
    pub fn tcp_keepalive_retries<C: Into<Option<u32>>>(self, retries: C) -> Self;

    /// Sets the local address of connections.
    pub fn local_address<T: Into<Option<IpAddr>>>(self, address: T) -> Self;

    /// Sets the network interface of connections.
    #[cfg(any(
        target_os = "android",
        target_os = "fuchsia",
        target_os = "illumos",
        target_os = "ios",
        target_os = "linux",
        target_os = "macos",
        target_os = "solaris",
        target_os = "tvos",
        target_os = "visionos",
        target_os = "watchos",
    ))]
    pub fn interface(self, interface: &str) -> Self;

    /// Sets how long sent data may remain unacknowledged.
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn tcp_user_timeout<D: Into<Option<Duration>>>(self, timeout: D) -> Self;

    /// Connects to a Unix socket, whatever the host is.
    #[cfg(unix)]
    pub fn unix_socket(self, path: &Path) -> Self;

    /// Sets the address of a host.
    pub fn resolve(self, domain: &str, address: SocketAddr) -> Self;

    /// Sets the addresses of a host.
    pub fn resolve_to_addrs(self, domain: &str, addresses: &[SocketAddr]) -> Self;

    /// Sets what finds the addresses of hosts.
    pub fn dns_resolver(self, resolver: Arc<impl Resolve + 'static>) -> Self;

    /// Leaves bodies as they are, although they are compressed with gzip.
    pub fn no_gzip(self) -> Self;

    /// Leaves bodies as they are, although they are compressed with brotli.
    pub fn no_brotli(self) -> Self;

    /// Leaves bodies as they are, although they are compressed with zstd.
    pub fn no_zstd(self) -> Self;

    /// Leaves bodies as they are, although they are compressed with deflate.
    pub fn no_deflate(self) -> Self;

    /// Finds the addresses of hosts with the system's resolver.
    pub fn no_hickory_dns(self) -> Self;
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self::new()
    }
}
