use futures_util::stream::BoxStream;
use sync_bridge::sync_bridge;

#[sync_bridge(error)]
trait NoValue {
    async fn get(&self);
}

#[sync_bridge(error = "wrap")]
trait WrongValue {
    #[bridge(rename = fetch)]
    async fn get(&self);

    #[bridge(rename = "not a name")]
    async fn head(&self);

    #[bridge]
    async fn list(&self);

    #[bridge = "skip"]
    async fn put(&self);

    #[bridge(skip = false)]
    async fn delete(&self);

    #[bridge(skip("it is slow"))]
    async fn copy(&self);

    #[bridge(skip rename = "shift")]
    async fn shift(&self);
}

#[sync_bridge(error = wrap)]
trait WrongLimit {
    #[bridge(timeout = 5)]
    async fn number(&self);

    #[bridge(timeout = "5")]
    async fn no_unit(&self);

    #[bridge(timeout = "5 days")]
    async fn unknown_unit(&self);

    #[bridge(timeout = "1.5s")]
    async fn fraction(&self);

    #[bridge(timeout = "99999999999999999999h")]
    async fn no_clock(&self);

    #[bridge(timeout = "5s" error = panic)]
    async fn no_comma(&self);

    #[bridge(collect)]
    async fn no_type(&self);

    #[bridge(iter = true)]
    async fn flag(&self);
}

#[sync_bridge(bridge = )]
impl NoValue for u8 {
    async fn get(&self) {}
}

#[sync_bridge(twin_trait = 3 + 4, error = wrap)]
impl NoValue for u16 {
    async fn get(&self) {}
}

#[sync_bridge(suffix = "-blocking", error = wrap)]
async fn fetch() {}

#[sync_bridge(local = true, error = wrap)]
async fn fetch_all() {}

// Of what it would be a collection of, nothing is said.
#[sync_bridge]
trait WrongCollection {
    #[bridge(collect = "Vec<u8>")]
    async fn all(&self) -> std::io::Result<BoxStream<'static, u8>>;
}

fn main() {}
