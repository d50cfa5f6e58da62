use sync_bridge::sync_bridge;

#[sync_bridge(error = panic)]
trait Store {
    async fn get(#[cfg(unix)] &self) -> u8;

    async fn head(&self, #[cfg_attr(unix, allow(unused), cfg)] mode: u32) -> u8;

    async fn list(
        &self,
        #[cfg(unix)] a: u32,
        #[cfg_attr(unix, cfg(unix))] b: u32,
        #[cfg(all(unix, unix))] c: u32,
        #[cfg(unix)] d: u32,
        #[cfg(windows)]
        #[cfg(unix)]
        e: u32,
    ) -> u8;

    #[bridge(passthrough)]
    fn name(#[cfg(unix)] &self) -> u8;
}

fn main() {}
