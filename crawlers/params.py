"""A source's parameters as its run gets them."""

from django.conf import settings

from crawlers import credentials

SANDBOX = "{sandbox}"


def resolved(params: object) -> object:
    """Return parameters with `{sandbox}` replaced by the demo site's address."""
    if isinstance(params, str):
        return params.replace(SANDBOX, settings.SANDBOX_URL)
    if isinstance(params, list):
        return [resolved(item) for item in params]
    if isinstance(params, dict):
        return {key: resolved(item) for key, item in params.items()}
    return params


def with_credentials(params: object) -> object:
    """Return parameters with the operator's credentials in place. Raises MissingCredential.

    Only the process that runs the spider may see the result.
    """
    if isinstance(params, str):
        return credentials.filled(params)
    if isinstance(params, list):
        return [with_credentials(item) for item in params]
    if isinstance(params, dict):
        return {key: with_credentials(item) for key, item in params.items()}
    return params
