//! Enrolling, unlocking, locking, recovering, signing in.

use crate::api::input::{EnrolInput, Nothing, PasswordChangeInput, RecoverInput, SignInInput, UnlockInput};
use crate::api::view::{Empty, ProfileView, StatusView, Whoami};
use crate::api::{ApiError, Code};
use crate::civil;
use crate::desktop::{Desktop, Leaving, Open, SyncState, calculate, held};
use crate::entering::{Key, is_over, settled};
use crate::keys::{StoredKeys, StoredSession};
use crate::{leaving, settings, status};
use mentalspace_crypto::password::{self, Password};
use mentalspace_crypto::recipient::RecipientPublicKey;
use mentalspace_crypto::recovery;
use mentalspace_crypto::signing::SigningKey;
use mentalspace_domain::ids::{DeviceId, KeyId};
use mentalspace_protocol::enrolment::{EnrolAnswer, EnrolRequest, SignedLease};
use mentalspace_protocol::error::ErrorCode;
use mentalspace_protocol::path;
use mentalspace_protocol::session::{ChangePasswordRequest, SignInRequest};
use mentalspace_store::profile::{LeaseRecord, LeaseWatch, NewProfile, Profile, SecretPlace, UnlockError};
use mentalspace_store::{DeviceIdentity, MetaKey, Store};
use mentalspace_sync::connection::{Connection, Credentials, Session};
use mentalspace_sync::enrol::read_code;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

pub(crate) async fn profile(desktop: &Desktop, _: Nothing) -> Result<ProfileView, ApiError> {
    let label = Profile::label(&desktop.config.profile)?;
    let idle = match desktop.open() {
        Ok(open) => settings::load(&open)?.idle_lock_minutes,
        Err(_) => 15,
    };
    Ok(ProfileView {
        is_enrolled: label.is_some(),
        is_unlocked: desktop.is_open(),
        practice_name: label.as_ref().map(|label| label.practice_name.clone()).unwrap_or_default(),
        login: label.as_ref().map(|label| label.login.clone()).unwrap_or_default(),
        secret_place: match label.map(|label| label.secret_place) {
            Some(SecretPlace::File) => "file",
            _ => "keyring",
        }
        .to_owned(),
        idle_lock_minutes: idle,
        access_ended: leaving::words(desktop),
        is_damaged: desktop.damaged.load(Ordering::Relaxed),
        appearance: settings::appearance(desktop),
    })
}

pub(crate) async fn enrol(desktop: &Desktop, input: EnrolInput) -> Result<Whoami, ApiError> {
    desktop.require_closed()?;
    if Profile::label(&desktop.config.profile)?.is_some() {
        return Err(ApiError::new(
            Code::AlreadyEnrolled,
            "This device is enrolled already. Nothing was changed. Unlock it, or remove its profile first.",
        ));
    }
    let place = match input.secret_place.as_deref() {
        None | Some("keyring") => SecretPlace::Keyring,
        Some("file") => SecretPlace::File,
        Some(_) => return Err(civil::invalid("secret_place", "keyring or file")),
    };
    let (code, address) =
        read_code(&input.code).map_err(|error| ApiError::new(Code::Invalid, error.to_string()))?;
    let password = Password::new(&input.password);
    password::check(&password, &[&code.login])
        .map_err(|refusal| ApiError::new(Code::PasswordRefused, refusal.to_string()))?;
    let edge = &desktop.edge;
    let device = DeviceId::new(edge.id()?);
    // A keyring that does not work is found out before the one-time code is spent.
    let secrets = desktop.secrets(place);
    secrets.put(device, "probe", b"1").and_then(|()| secrets.delete(device, "probe"))?;
    let device_key = SigningKey::generate(edge.randomness()).map_err(|_| ApiError::internal())?;
    let signing_key = SigningKey::generate(edge.randomness()).map_err(|_| ApiError::internal())?;
    let signing_key_id = KeyId::new(edge.id()?);
    let connection = Connection::new(edge.network(), &address, edge.dice())?;
    let answer: EnrolAnswer = connection
        .anonymous(
            path::ENROL,
            &EnrolRequest {
                secret: code.secret,
                login: code.login,
                password: input.password.clone(),
                device,
                device_name: input.device_name,
                os: std::env::consts::OS.to_owned(),
                device_key: device_key.public_key().to_string(),
                signing_key_id,
                signing_key: signing_key.public_key().to_string(),
            },
        )
        .await?;
    let recovery_key: RecipientPublicKey = answer.recovery_key.parse().map_err(|_| ApiError::internal())?;
    let identity = DeviceIdentity { device, practice: answer.practice.clone(), user: answer.user.clone() };
    let keys = StoredKeys::new(&device_key, &signing_key, signing_key_id, answer.server_key.clone());
    let session = StoredSession { address, token: answer.token.clone() };
    let (lease, log_epoch) = (read_lease(&keys, &answer.lease)?, answer.log_epoch);
    let (config, edge_copy, first) = (desktop.config.clone(), edge.clone(), password.clone());
    let (profile, store) = calculate(move || {
        let new = NewProfile {
            dir: &config.profile,
            secrets: &*secrets,
            place,
            password: &first,
            params: config.kdf,
            identity: &identity,
            recovery_key,
            now: edge_copy.now(),
            randomness: edge_copy.randomness(),
        };
        Ok(Profile::create(&new, |store| {
            store.set_meta(MetaKey::Keys, &keys)?;
            store.set_meta(MetaKey::Session, &session)?;
            store.set_meta(MetaKey::LogEpoch, &log_epoch)?;
            store.set_meta(MetaKey::Lease, &lease)
        })?)
    })
    .await?;
    *held(&desktop.leaving) = Leaving::No;
    desktop.set_open(Some(opened(desktop, profile, store, place, None)?));
    desktop.wake.notify_one();
    whoami(desktop, Nothing {}).await
}

pub(crate) async fn unlock(desktop: &Desktop, input: UnlockInput) -> Result<Whoami, ApiError> {
    let password = Password::new(&input.password);
    let label = settled(desktop, Key::Password(&password)).await?;
    let secrets = desktop.secrets(label.secret_place);
    let (dir, now) = (desktop.config.profile.clone(), desktop.edge.now());
    let (profile, store, after_many) =
        calculate(move || match Profile::unlock(&dir, &*secrets, &password, now) {
            Err(UnlockError::TooManyAttempts) => {
                let (profile, store) = Profile::unlock_for_sign_in(&dir, &*secrets, &password, now)?;
                Ok((profile, store, true))
            }
            other => other.map(|(profile, store)| (profile, store, false)).map_err(ApiError::from),
        })
        .await?;
    let over = is_over(&store)?;
    let open =
        opened(desktop, profile, store, label.secret_place, Some(Zeroizing::new(input.password.clone())))?;
    if over || after_many {
        // Only the server can say that this device may go on; its answer brings a fresh lease, and ends the count.
        let known = input.server_password.as_ref().unwrap_or(&input.password);
        if let Err(error) = sign_in_with(desktop, &open, known, None).await {
            let has_heard = error.code == Code::NotAllowed || leaving::has_heard(&open.store)?;
            return Err(match error.code {
                Code::Unreachable if after_many => UnlockError::TooManyAttempts.into(),
                Code::SignInRefused if input.server_password.is_none() => {
                    ApiError::new(Code::SignInRefused, CHANGED_ELSEWHERE)
                }
                Code::SignInRefused => error,
                // It goes on leaving as soon as it can.
                _ if has_heard => leaving::unopened(desktop, open),
                Code::Unreachable => UnlockError::LeaseOver.into(),
                _ => error,
            });
        }
        if leaving::has_heard(&open.store)? {
            return Err(leaving::unopened(desktop, open));
        }
        if input.server_password.is_some() {
            open_with(desktop, &open, known).await?;
        }
    }
    desktop.set_open(Some(open));
    desktop.wake.notify_one();
    whoami(desktop, Nothing {}).await
}

pub(crate) async fn recover(desktop: &Desktop, input: RecoverInput) -> Result<Whoami, ApiError> {
    let key = recovery::from_paper(&input.recovery_key)
        .map_err(|error| ApiError::new(Code::WrongRecoveryKey, error.to_string()))?;
    let label = settled(desktop, Key::Recovery(&key)).await?;
    let secrets = desktop.secrets(label.secret_place);
    let (config, edge) = (desktop.config.clone(), desktop.edge.clone());
    let password = Password::new(&input.new_password);
    let new = password.clone();
    let (profile, store) = calculate(move || {
        let (now, randomness) = (edge.now(), edge.randomness());
        Ok(Profile::recover(&config.profile, &*secrets, &key, &new, config.kdf, now, randomness)?)
    })
    .await?;
    let open = opened(desktop, profile, store, label.secret_place, None)?;
    if leaving::has_heard(&open.store)? {
        return Err(leaving::unopened(desktop, open));
    }
    desktop.set_open(Some(open));
    desktop.wake.notify_one();
    whoami(desktop, Nothing {}).await
}

pub(crate) async fn lock(desktop: &Desktop, _: Nothing) -> Result<Empty, ApiError> {
    desktop.lock();
    Ok(Empty {})
}

pub(crate) async fn whoami(desktop: &Desktop, _: Nothing) -> Result<Whoami, ApiError> {
    let open = desktop.open()?;
    let identity = open.store.identity()?;
    let zone = identity.practice.zone;
    let now = desktop.edge.now().with_timezone(&zone);
    Ok(Whoami {
        user_id: identity.user.id.to_string(),
        display_name: identity.user.display_name.clone(),
        credential: identity.user.credential.clone(),
        login: identity.user.login.clone(),
        roles: open.store.roles(desktop.edge.now())?.iter().map(|role| role.as_str().to_owned()).collect(),
        device_id: identity.device.to_string(),
        practice_id: identity.practice.id.to_string(),
        practice_name: identity.practice.name.clone(),
        zone: zone.name().to_owned(),
        today: now.date_naive().to_string(),
        clock: civil::clock(now.time()),
        idle_lock_minutes: settings::load(&open)?.idle_lock_minutes,
    })
}

const CHANGED_ELSEWHERE: &str = "This device opens with that password, but your practice's server does not take it: you have changed it on another device. What you wrote is safe here. Type the newer password as well; from then on this device opens with it.";

pub(crate) async fn sign_in(desktop: &Desktop, input: SignInInput) -> Result<StatusView, ApiError> {
    let open = desktop.open()?;
    match sign_in_with(desktop, &open, &input.password, input.reset_code).await {
        Err(error) if error.code == Code::NotAllowed => {
            return Err(leaving::at_sign_in(desktop, &open).await);
        }
        other => other?,
    }
    if leaving::has_heard(&open.store)? {
        return Err(leaving::at_sign_in(desktop, &open).await);
    }
    desktop.wake.notify_one();
    open_with(desktop, &open, &input.password).await?;
    status::view(desktop, &open, false)
}

/// The device opens from now on with the password that the server has just taken, wherever it was set: with two of them,
/// neither could be changed here, and the one that opens would be of no use once the lease is over.
async fn open_with(desktop: &Desktop, open: &Arc<Open>, password: &str) -> Result<(), ApiError> {
    let secrets = desktop.secrets(open.place);
    let (config, edge, open) = (desktop.config.clone(), desktop.edge.clone(), Arc::clone(open));
    let password = Password::new(password);
    calculate(move || {
        let mut profile = held(&open.profile);
        profile.begin_password_change(&*secrets, &password, config.kdf, edge.randomness())?;
        Ok(profile.end_password_change(true)?)
    })
    .await
}

/// A new token and lease by password.
///
/// # Errors
/// [`Code::NotAllowed`]: the device's access has ended, and it has said before that it is erased. One that was put back from
/// an image, with a token that has ended since, hears of it here alone. [`Code::SignInRefused`], and what else can go wrong.
pub(crate) async fn sign_in_with(
    desktop: &Desktop,
    open: &Open,
    password: &str,
    reset_code: Option<String>,
) -> Result<(), ApiError> {
    let credentials = credentials(open);
    let identity = open.store.identity()?;
    let answer = Session::new(&open.connection, &credentials)
        .sign_in(&SignInRequest { login: identity.user.login, password: password.to_owned(), reset_code })
        .await
        .map_err(|failure| match failure.code() {
            Some(ErrorCode::WrongCredentials) => ApiError::new(Code::SignInRefused, failure.to_string()),
            Some(ErrorCode::DeviceRevoked) => {
                leaving::heard(open);
                leaving::sending()
            }
            _ => failure.into(),
        })?;
    let mut stored: StoredSession = open.store.meta(MetaKey::Session)?.ok_or_else(ApiError::internal)?;
    stored.token.clone_from(&answer.token);
    open.store.set_meta(MetaKey::Session, &stored)?;
    let keys: StoredKeys = open.store.meta(MetaKey::Keys)?.ok_or_else(ApiError::internal)?;
    *open.credentials.write().unwrap_or_else(PoisonError::into_inner) =
        Arc::new(Credentials { device: identity.device, token: answer.token, key: keys.device_key()? });
    // It was just asked for: however its time compares with the one that is held, it is the server's last word.
    let newest = read_lease(&keys, &answer.lease)?;
    open.store.set_meta(MetaKey::Lease, &newest)?;
    held(&open.sync).sign_in_needed = false;
    let secrets = desktop.secrets(open.place);
    Profile::online_verified(&desktop.config.profile, &*secrets)?;
    Ok(())
}

pub(crate) async fn password_change(
    desktop: &Desktop,
    input: PasswordChangeInput,
) -> Result<Empty, ApiError> {
    let open = desktop.open()?;
    let secrets = desktop.secrets(open.place);
    let (config, edge, this) = (desktop.config.clone(), desktop.edge.clone(), Arc::clone(&open));
    let (current, new) = (Password::new(&input.current), Password::new(&input.new));
    calculate(move || {
        let mut profile = held(&this.profile);
        if !profile.verify_password(&*secrets, &current)? {
            return Err(wrong_password());
        }
        Ok(profile.begin_password_change(&*secrets, &new, config.kdf, edge.randomness())?)
    })
    .await?;
    let credentials = credentials(&open);
    let answer = Session::new(&open.connection, &credentials)
        .change_password(&ChangePasswordRequest { current: input.current, new: input.new })
        .await;
    match answer {
        Ok(()) => {
            held(&open.profile).end_password_change(true)?;
            Ok(Empty {})
        }
        // The server did not take it: only the old one stands. Where nobody knows, both stay until it is known: one that
        // was busy, or failed, may have taken it all the same.
        Err(failure) => {
            let unknown = [None, Some(ErrorCode::Busy), Some(ErrorCode::Internal)];
            if !unknown.contains(&failure.code()) {
                held(&open.profile).end_password_change(false)?;
            }
            Err(failure.into())
        }
    }
}

/// Whether `password` is the user's: the re-authentication before signing.
pub(crate) async fn re_authenticate(
    desktop: &Desktop,
    open: &Arc<Open>,
    password: &str,
) -> Result<(), ApiError> {
    let secrets = desktop.secrets(open.place);
    let this = Arc::clone(open);
    let password = Password::new(password);
    let right = calculate(move || Ok(held(&this.profile).verify_password(&*secrets, &password)?)).await?;
    if right { Ok(()) } else { Err(wrong_password()) }
}

fn wrong_password() -> ApiError {
    ApiError::new(Code::WrongPassword, "That is not your password. Nothing was signed or changed. Try again.")
}

pub(crate) fn opened(
    desktop: &Desktop,
    profile: Profile,
    store: Store,
    place: SecretPlace,
    password: Option<Zeroizing<String>>,
) -> Result<Arc<Open>, ApiError> {
    let keys: StoredKeys = store.meta(MetaKey::Keys)?.ok_or_else(ApiError::internal)?;
    let session: StoredSession = store.meta(MetaKey::Session)?.ok_or_else(ApiError::internal)?;
    let connection = Connection::new(desktop.edge.network(), &session.address, desktop.edge.dice())?;
    if let Some(lease) = store.meta::<LeaseRecord>(MetaKey::Lease)? {
        connection.trusted_time().saw(lease.high_water);
    }
    Ok(Arc::new(Open {
        credentials: RwLock::new(Arc::new(Credentials {
            device: profile.device(),
            token: session.token.clone(),
            key: keys.device_key()?,
        })),
        store: Arc::new(store),
        profile: Mutex::new(profile),
        place,
        connection,
        lease_watch: Mutex::new(LeaseWatch::starting(desktop.edge.steady())),
        password: Mutex::new(password),
        sync: Mutex::new(SyncState::default()),
        opened: Mutex::default(),
        in_part_unread: AtomicBool::new(false),
        syncing: tokio::sync::Mutex::new(()),
        in_hand: Arc::default(),
    }))
}

pub(crate) fn credentials(open: &Open) -> Arc<Credentials> {
    Arc::clone(&open.credentials.read().unwrap_or_else(PoisonError::into_inner))
}

/// Takes in a lease that the server signed, and that may have come late.
pub(crate) fn take_lease(store: &Store, signed: &SignedLease) -> Result<(), ApiError> {
    let keys: StoredKeys = store.meta(MetaKey::Keys)?.ok_or_else(ApiError::internal)?;
    let newer = read_lease(&keys, signed)?;
    store.change_meta(MetaKey::Lease, |held: Option<LeaseRecord>| {
        Some(match held {
            Some(held) => held.renewed(newer),
            None => newer,
        })
    })?;
    Ok(())
}

/// A lease as it is kept, if the practice's server signed it.
fn read_lease(keys: &StoredKeys, signed: &SignedLease) -> Result<LeaseRecord, ApiError> {
    if !mentalspace_domain::signing::verifies(&signed.lease, &signed.signature, &keys.server_key.public_key) {
        return Err(ApiError::new(
            Code::NotOurServer,
            "The server's answer was not signed by your practice. Your work is safe on this device. Tell your administrator.",
        ));
    }
    let evidence = serde_json::to_value(signed).map_err(|_| ApiError::internal())?;
    Ok(LeaseRecord::new(signed.lease.issued_at, signed.lease.not_after, evidence))
}

/// Adds the steady time since the last look to the lease, and says how long it still runs; none where it is over.
pub(crate) fn keep_lease_time(open: &Open, steady: Instant) -> Option<Duration> {
    let elapsed = held(&open.lease_watch).lap(steady);
    let advance = |held: Option<LeaseRecord>| held.map(|lease| lease.advanced(elapsed));
    // A lease that cannot be written now is written at the next look.
    let Ok(Some(lease)) = open.store.change_meta(MetaKey::Lease, advance) else { return Some(Duration::MAX) };
    open.connection.trusted_time().saw(lease.high_water);
    lease.left()
}
