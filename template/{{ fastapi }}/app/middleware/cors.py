"""Cross-origin requests from the configured origins."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response


class CorsMiddleware(CORSMiddleware):
    """Answers every preflight with 204.

    A browser decides by the headers alone, and a refusal in plain text would be the only error of
    the service that is no problem document.
    """

    def preflight_response(self, request_headers: Headers) -> Response:
        """Return the answer to a preflight; a foreign origin gets no permission in it."""
        answer = super().preflight_response(request_headers)
        permissions = {
            name: value
            for name, value in answer.headers.items()
            if name.startswith("access-control-") or name == "vary"
        }
        return Response(status_code=204, headers=permissions)
