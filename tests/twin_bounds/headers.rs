//! Parameters of an impl.

use super::*;

pub(super) trait Manager {
    type Conn;
    fn connect(&self) -> impl Future<Output = io::Result<Self::Conn>> + Send;
}

struct Numbers(u8);

impl Manager for Numbers {
    type Conn = u8;
    async fn connect(&self) -> io::Result<u8> {
        Ok(held(self.0).await)
    }
}

struct Pool<M, W> {
    manager: M,
    wrap: PhantomData<W>,
}

#[sync_bridge(private)]
impl<M: Manager, W: From<M::Conn>> Pool<M, W> {
    async fn get(&self) -> io::Result<W> {
        let conn = held(self.manager.connect().await?).await;
        Ok(held(W::from(conn)).await)
    }

    async fn into_manager(self) -> io::Result<M> {
        Ok(held(self.manager).await)
    }
}

#[test]
fn associated_types_are_bounded() -> io::Result<()> {
    let pool = Pool::<_, u64> { manager: Numbers(3), wrap: PhantomData };
    assert_eq!(pool.get_blocking()?, 3);
    assert_eq!(pool.into_manager_blocking()?.0, 3);
    Ok(())
}

// A method asks only for what it needs: of `Cell`, which is `Send` alone, `add` can be called.
struct Counter<T, const N: usize>([T; N]);

#[sync_bridge(private)]
impl<T, const N: usize> Counter<T, N>
where
    T: Into<usize> + Clone,
{
    async fn sum(&self) -> io::Result<usize> {
        Ok(held(&self.0).await.iter().cloned().map(Into::into).sum())
    }

    async fn replace(&mut self, with: T) -> io::Result<usize> {
        self.0[0] = held(with).await;
        Ok(N)
    }

    #[bridge(enter)]
    fn count(&self) -> io::Result<usize> {
        self.0.first().map(|_| N).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[derive(Clone)]
struct NotSync(Cell<usize>);

impl From<NotSync> for usize {
    fn from(of: NotSync) -> Self {
        of.0.get()
    }
}

#[derive(Clone)]
struct NotSend(Rc<usize>);

impl From<NotSend> for usize {
    fn from(of: NotSend) -> Self {
        *of.0
    }
}

#[test]
fn methods_ask_for_what_they_need() -> io::Result<()> {
    assert_eq!(Counter([1_u8, 2]).sum_blocking()?, 3);
    assert_eq!(Counter([NotSync(Cell::new(1))]).replace_blocking(NotSync(Cell::new(2)))?, 1);
    assert_eq!(Counter([NotSend(Rc::new(1))]).count_blocking()?, 1);
    Ok(())
}

fn generic<T: Into<usize> + Clone + Send + Sync>(counter: &Counter<T, 1>) -> io::Result<usize> {
    counter.sum_blocking()
}

#[test]
fn generic_code_calls_twins() -> io::Result<()> {
    assert_eq!(generic(&Counter([7_u8]))?, 7);
    Ok(())
}
