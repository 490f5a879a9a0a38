//! Getting in: who may, when a device is still busy with something, and what happens where its file is damaged.

use crate::api::input::UnlockInput;
use crate::api::view::RebuildView;
use crate::api::{ApiError, Code};
use crate::desktop::{Desktop, Leaving, Open, calculate, held};
use crate::leaving;
use crate::session::{opened, sign_in_with};
use mentalspace_crypto::password::Password;
use mentalspace_crypto::recipient::RecipientKey;
use mentalspace_store::profile::{LeaseRecord, Profile, ProfileLabel, UnlockError};
use mentalspace_store::{MetaKey, Store};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a request that was under way at locking may take to end.
const LETTING_GO: Duration = Duration::from_secs(5);

/// What somebody at the lock has in hand.
pub(crate) enum Key<'a> {
    Password(&'a Password),
    Recovery(&'a RecipientKey),
}

/// The profile of a device that is locked and busy with nothing any more.
pub(crate) async fn settled(desktop: &Desktop, key: Key<'_>) -> Result<ProfileLabel, ApiError> {
    desktop.require_closed()?;
    let sending = match &*held(&desktop.leaving) {
        Leaving::Sending(open) => Some(Arc::clone(open)),
        Leaving::No | Leaving::Erased(_) => None,
    };
    let mut is_sending = Weak::new();
    if let Some(open) = sending {
        is_sending = Arc::downgrade(&open);
        // Words of a device that has lost its access are still to be sent. That is let go of for somebody whose key opens
        // it, and taken up where it is opened; not for anybody who tries.
        may_enter(desktop, open, key).await?;
    }
    *held(&desktop.leaving) = Leaving::No;
    // A sync that was under way at locking ends by itself. Whoever holds the profile then is another program.
    if !desktop.has_let_go(LETTING_GO).await
        && let Some(open) = is_sending.upgrade()
    {
        // It is at it just now, over a slow line, and goes on with that.
        return Err(leaving::unopened(desktop, open));
    }
    Ok(Profile::label(&desktop.config.profile)?.ok_or(UnlockError::NoProfile)?)
}

/// Whether the key opens the profile that is held open for sending. A wrong password counts as at any lock.
async fn may_enter(desktop: &Desktop, open: Arc<Open>, key: Key<'_>) -> Result<(), ApiError> {
    match key {
        Key::Recovery(key) if held(&open.profile).is_recovered_by(key) => Ok(()),
        Key::Recovery(_) => Err(UnlockError::WrongRecoveryKey.into()),
        Key::Password(password) => {
            let (secrets, now) = (desktop.secrets(open.place), desktop.edge.now());
            let password = password.clone();
            calculate(move || Ok(held(&open.profile).would_unlock(&*secrets, &password, now)?)).await
        }
    }
}

/// Whether the lease is over, as far as is known here. A device that was built anew knows of none: only the server can
/// say that it may go on, and it needs the server anyway.
pub(crate) fn is_over(store: &Store) -> Result<bool, ApiError> {
    let lease: Option<LeaseRecord> = store.meta(MetaKey::Lease)?;
    Ok(lease.is_none_or(|lease| lease.is_over()))
}

/// Sets a damaged file aside and builds a new one. What was not sent comes back from the second copy, everything else
/// at the next sync.
pub(crate) async fn rebuild(desktop: &Desktop, input: UnlockInput) -> Result<RebuildView, ApiError> {
    let password = Password::new(&input.password);
    let label = settled(desktop, Key::Password(&password)).await?;
    let secrets = desktop.secrets(label.secret_place);
    let (dir, now) = (desktop.config.profile.clone(), desktop.edge.now());
    let (profile, store, rebuilt) =
        calculate(move || Ok(Profile::rebuild(&dir, &*secrets, &password, now)?)).await?;
    desktop.damaged.store(false, Ordering::Relaxed);
    let over = is_over(&store)?;
    let typed = Some(Zeroizing::new(input.password.clone()));
    let open = opened(desktop, profile, store, label.secret_place, typed)?;
    // Where the server is out of reach the device is whole again and stays locked: nothing of the work is undone.
    let signed_in = if over { sign_in_with(desktop, &open, &input.password, None).await } else { Ok(()) };
    let may_open = signed_in.is_ok() && !is_over(&open.store)?;
    let refused = signed_in.err().map(|error| error.code);
    // Where the newer password is asked for, nobody has said yet whether the device may go on.
    let has_heard = refused != Some(Code::SignInRefused) && leaving::has_heard(&open.store)?;
    if has_heard || refused == Some(Code::NotAllowed) {
        return Err(leaving::unopened(desktop, open));
    }
    if may_open {
        desktop.set_open(Some(open));
        desktop.wake.notify_one();
    }
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(RebuildView {
        recovered: number(rebuilt.commands),
        unreadable: number(rebuilt.unreadable),
        kept_in: rebuilt.kept_in.map(|place| place.display().to_string()),
        is_unlocked: may_open,
    })
}
