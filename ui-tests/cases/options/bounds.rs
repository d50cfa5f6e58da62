use std::io;
use sync_bridge::sync_bridge;

struct Client;

#[sync_bridge(private)]
impl Client {
    #[bridge(bounds)]
    async fn missing<T>(&self, _: T) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds = T)]
    async fn value<T>(&self, _: T) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds())]
    async fn empty<T>(&self, _: T) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds(T))]
    async fn no_colon<T>(&self, _: T) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds(T = Send, U: Send))]
    async fn equals<T, U>(&self, _: T, _: U) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds(T: Send U: Send))]
    async fn no_comma<T, U>(&self, _: T, _: U) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds(T: 3, 'a: 'static, 4: Send))]
    async fn no_bound<'a, T>(&self, _: &'a T) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds(T: Send, T: Sync))]
    async fn twice<T>(&self, _: T) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds(T: Send), bounds(T: Sync))]
    async fn option_twice<T>(&self, _: T) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds(K: Send, impl Into<u8>: Send, String: Send))]
    async fn unknown<T>(&self, _: impl Into<u16>) -> io::Result<()> {
        Ok(())
    }

    #[bridge(bounds(T: Send))]
    fn synchronous<T>(&self, _: T) {}

    #[bridge(enter, bounds(T: Send))]
    fn entered<T>(&self, _: T) -> io::Result<()> {
        Ok(())
    }

    #[bridge(skip, bounds(T: Send))]
    async fn skipped<T>(&self, _: T) -> io::Result<()> {
        Ok(())
    }
}

#[sync_bridge(bounds(K: Send, T: Send))]
async fn function<T>(_: T) -> io::Result<()> {
    Ok(())
}

trait Existing<T> {
    fn get(&self, value: T) -> io::Result<()>;
}

trait Store<T> {
    async fn get(&self, value: T) -> io::Result<()>;
}

#[sync_bridge(twin_trait = Existing<T>, bounds(T: Send))]
impl<T> Store<T> for Client {
    async fn get(&self, _: T) -> io::Result<()> {
        Ok(())
    }
}

fn main() {}
