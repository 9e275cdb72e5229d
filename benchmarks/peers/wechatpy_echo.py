"""wechatpy behind Starlette and uvicorn, as its documentation has it: opens, repeats, seals. Arguments: PORT APP_ID
TOKEN AES_KEY."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto


def main() -> None:
    port, app_id, token, aes_key = sys.argv[1:]
    crypto = WeChatCrypto(token, aes_key, app_id)

    async def echo(request: Request) -> Response:
        query = request.query_params
        stamp, nonce = query["timestamp"], query["nonce"]
        message = parse_message(crypto.decrypt_message(await request.body(), query["msg_signature"], stamp, nonce))
        sealed = crypto.encrypt_message(create_reply(message.content, message).render(), nonce, stamp)
        return Response(sealed, media_type="application/xml")

    app = Starlette(routes=[Route("/wechat/callback", echo, methods=["POST"])])
    uvicorn.run(
        app, host="127.0.0.1", port=int(port), loop="uvloop", http="httptools", lifespan="off", access_log=False
    )


if __name__ == "__main__":
    main()
