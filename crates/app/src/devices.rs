//! The practice's devices. Needs the server.

use crate::api::ApiError;
use crate::api::input::{DeviceRevokeInput, Nothing};
use crate::api::view::{DeviceRow, Empty};
use crate::civil;
use crate::desktop::Desktop;
use crate::people::Names;
use crate::session::credentials;
use mentalspace_domain::ids::DeviceId;
use mentalspace_protocol::session::RevokeDeviceRequest;
use mentalspace_sync::connection::Session;

pub(crate) async fn devices(desktop: &Desktop, _: Nothing) -> Result<Vec<DeviceRow>, ApiError> {
    let open = desktop.open()?;
    let names = Names::load(&open)?;
    let credentials = credentials(&open);
    let listed = Session::new(&open.connection, &credentials).devices().await?;
    let zone = names.identity.practice.zone;
    Ok(listed
        .into_iter()
        .map(|device| DeviceRow {
            device_id: device.device.to_string(),
            user_name: names.user(device.user),
            name: device.name,
            status: device.status,
            last_contact: device.last_contact.map(|at| civil::on_clock(at, zone)),
            unsent: device.unsent,
            is_this: device.device == names.identity.device,
        })
        .collect())
}

pub(crate) async fn revoke(desktop: &Desktop, input: DeviceRevokeInput) -> Result<Empty, ApiError> {
    let open = desktop.open()?;
    let device: DeviceId = input.device_id.parse().map_err(|_| ApiError::not_found("This device"))?;
    let credentials = credentials(&open);
    Session::new(&open.connection, &credentials)
        .revoke(&RevokeDeviceRequest { device, reason: input.reason })
        .await?;
    Ok(Empty {})
}
