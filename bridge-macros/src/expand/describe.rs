//! What documentation says about the method of a twin.

use crate::model::adapter::Adapter;
use crate::model::method::{Kind, Method};
use crate::options::block_options::{BlockOptions, ErrorRule};
use crate::options::timeout::Timeout;

/// What the twin of `source`, a link to the method, does.
pub(crate) fn describe(source: &str, method: &Method, options: &BlockOptions) -> String {
    if method.is_passed_through() {
        return format!("Calls {source}, without the bridge.");
    }
    let rule = method.error_rule(options);
    let reporting = method.adapted.as_ref().filter(|adapted| adapted.reports_failure());
    let failure = match (rule, reporting.map(|adapted| &adapted.adapter)) {
        (ErrorRule::Panic, _) => {
            "It panics if the bridge fails. If the future panicked, the panic has the same payload."
        }
        (_, Some(Adapter::Iter)) => "A failure of the bridge is the last item.",
        (_, Some(_)) => "A failure of the bridge is the result of the task.",
        (ErrorRule::Convert | ErrorRule::Map(_), None) => "A failure of the bridge becomes an error of the same type.",
        (ErrorRule::Wrap, None) => "A failure of the bridge is the outer error.",
    };
    let what = match (&method.kind, method.adapted.as_ref().map(|adapted| &adapted.adapter)) {
        (_, Some(Adapter::Collect(_))) => format!("Blocks the calling thread until the stream of {source} has ended."),
        (Kind::Immediate, Some(Adapter::Iter)) => {
            format!(
                "Iterates over the stream of {source}. Each `next` blocks the calling thread until there is an item."
            )
        }
        (Kind::Immediate, Some(Adapter::Task)) => {
            format!("Calls {source} inside the bridge. Does not wait for the task.")
        }
        (Kind::Immediate, None) => format!("Calls {source} on the calling thread, inside the bridge."),
        (Kind::Immediate, Some(Adapter::Keep)) => {
            format!("Calls {source} inside the bridge. The returned value is dropped inside the bridge, too.")
        }
        (_, Some(Adapter::Keep)) => {
            format!(
                "Blocks the calling thread until the future of {source} has finished. The returned value is dropped inside \
                 the bridge."
            )
        }
        (Kind::Immediate, _) => {
            format!("Calls {source} inside the bridge. Each operation on the returned value blocks the calling thread.")
        }
        _ => format!("Blocks the calling thread until the future of {source} has finished."),
    };
    let is_task = matches!(method.adapted.as_ref().map(|adapted| &adapted.adapter), Some(Adapter::Task));
    let limit = match (method.timeout(options), is_task) {
        (Some((_, Timeout::After(limit))), true) => {
            format!(" The call ends after {limit:?}; the task may take longer.")
        }
        (Some((_, Timeout::After(limit))), false) => format!(" Each wait ends after {limit:?}."),
        (Some((_, Timeout::Computed(_))), true) => {
            String::from(" The call may have a time limit, which it computes at its start; the task may take longer.")
        }
        (Some((_, Timeout::Computed(_))), false) => {
            String::from(" Each wait may have a time limit, which the call computes at its start.")
        }
        (Some((_, Timeout::Never)) | None, _) => String::new(),
    };
    format!("{what} {failure}{limit}")
}
