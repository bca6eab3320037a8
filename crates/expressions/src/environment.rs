//! The one environment of all expressions: the standard library without regular expressions and optional values, the
//! string functions, and `inNetwork`.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use cel::common::types::{CelBool, CelString, STRING_TYPE};
use cel::common::value::CowVal;
use cel::{Env, ExecutionError, extensions};
use ipnet::IpNet;

/// The name of our own function.
pub(crate) const IN_NETWORK: &str = "inNetwork";

/// What [`cel`] resolves functions in. A declaration that fails leaves a function out; the tests call each.
pub(crate) static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib().with_optional_support(false);
    let _already_declared = environment.add_extension(extensions::strings);
    let _already_declared =
        environment.add_member_overload(IN_NETWORK, "string_in_network", STRING_TYPE, vec![STRING_TYPE], in_network);
    Arc::new(environment)
});

/// The network of `10.0.0.0/8`, or of a single address.
pub(crate) fn parse_network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn in_network<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let texts: Vec<&str> =
        arguments.iter().filter_map(|argument| argument.downcast_ref::<CelString<'_>>()).map(|text| &**text).collect();
    let [address, network] = texts.as_slice() else {
        return Err(failed("address.inNetwork(\"network\") takes two strings"));
    };
    let address: IpAddr = address.parse().map_err(|_| failed("not an IP address"))?;
    let network = parse_network(network).ok_or_else(|| failed("not a network such as 10.0.0.0/8"))?;
    // An IPv4 address that arrived over an IPv6 socket is still that IPv4 address.
    Ok(CowVal::owned(CelBool::from(network.contains(&address.to_canonical()))))
}

fn failed(message: &str) -> ExecutionError {
    ExecutionError::function_error(IN_NETWORK, message)
}
