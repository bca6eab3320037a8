//! Signing in with a passkey: the sign-in page sends it here.

use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_auth::{AuthError, Entry, PasskeyAttempt, PasskeyOutcome, PasskeyRefusal};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_web::{ClientAddress, CsrfForm, PageForm, WebError, WebState, redirect};

use super::{refusal_text, relying_party};
use crate::Services;
use crate::second_factor::{self, signed_in_with};
use crate::services::failed;
use crate::sign_in;
use crate::step::{Step, hidden};

pub(crate) struct Fields {
    interaction: String,
    /// Empty when the form was sent by hand.
    credential: Secret<String>,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let credential = Secret::new(params.optional("credential").unwrap_or_default());
        Ok(Self { interaction: hidden(params, "interaction")?, credential })
    }
}

/// `POST {base}/sign-in/passkey`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let Some(party) = relying_party(&request, &step.context)? else {
        return redirect::see_other(&step.page("/sign-in"));
    };
    let attempt = PasskeyAttempt { response: fields.credential, with: signed_in_with(&request, &step, &address) };
    let outcome = services.sign_in.submit_passkey(&step.context.tenant, &party, &step.interaction, attempt).await;
    count(&request, &outcome)?;
    match outcome.map_err(failed)? {
        PasskeyOutcome::SignedIn(entry) => step.enter(&request, &entry),
        PasskeyOutcome::SecondFactorNeeded => redirect::see_other(&step.page(second_factor::PATH)),
        PasskeyOutcome::Refused(refusal) => {
            sign_in::refused_with(&request, &services, (&step, ""), Words::new(refusal_text(refusal))).await
        }
        PasskeyOutcome::Throttled { retry_after } => {
            sign_in::throttled(&request, &services, (&step, ""), retry_after).await
        }
    }
}

fn count(request: &HttpRequest, outcome: &Result<PasskeyOutcome, AuthError>) -> Result<(), WebError> {
    let metrics = &WebState::of(request)?.metrics;
    metrics.sign_in(match outcome {
        Ok(PasskeyOutcome::SignedIn(Entry::Opened(_))) => SignInOutcome::Success,
        Ok(PasskeyOutcome::SignedIn(Entry::ActionRequired)) => SignInOutcome::ActionRequired,
        Ok(PasskeyOutcome::SecondFactorNeeded) => SignInOutcome::SecondFactorAsked,
        Ok(PasskeyOutcome::Refused(PasskeyRefusal::NotVerified)) => SignInOutcome::WrongSecondFactor,
        Ok(PasskeyOutcome::Refused(_)) => SignInOutcome::WrongCredentials,
        Ok(PasskeyOutcome::Throttled { .. }) => SignInOutcome::Throttled,
        Err(_) => SignInOutcome::Error,
    });
    match outcome {
        Ok(PasskeyOutcome::SignedIn(Entry::Opened(_))) => metrics.session_started(),
        Ok(PasskeyOutcome::Throttled { .. }) => metrics.throttled("sign_in"),
        _ => {}
    }
    Ok(())
}
