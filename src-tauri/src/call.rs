//! The one way from the window to the application. The only other commands answer the shell:
//! [`crate::locking::ending`] and [`crate::graphics::painted`].

use mentalspace_app::Desktop;
use mentalspace_app::api::{self, ApiError};
use serde_json::Value;
use std::sync::Arc;
use tauri::State;

/// Runs a call of the application's interface. Whatever a page sends is checked behind it, in Rust.
///
/// # Errors
/// What the call is refused with; see `ApiError`.
#[tauri::command]
pub(crate) async fn call(
    desktop: State<'_, Arc<Desktop>>,
    name: String,
    input: Value,
) -> Result<Value, ApiError> {
    api::call(&desktop, &name, input).await
}
