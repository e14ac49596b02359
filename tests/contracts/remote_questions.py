"""Questions about one image, a remote model that is asked them, and a server's replies."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image
from werkzeug import Request, Response

from spuriverse.models.remote import RemoteModel, answer_remotely

OPTIONS = ["red", "green", "blue", "grey"]
Handler = Callable[[Request], Response]


def completion(text: object, finish_reason: str = "stop", **more: Any) -> Response:
    message = {"role": "assistant", "content": text}
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "big-2026",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
        "usage": {"prompt_tokens": 70, "completion_tokens": 3, "total_tokens": 73},
        **more,
    }
    return Response(json.dumps(body), content_type="application/json")


def text_of(request: Request) -> str:
    content = request.get_json()["messages"][0]["content"]
    return content if isinstance(content, str) else content[-1]["text"]


def number_of(request: Request) -> int:
    return int(text_of(request).split("#")[1].split()[0])


def make_samples(tmp_path: Path, count: int) -> pd.DataFrame:
    image = tmp_path / "image.png"
    Image.new("RGB", (8, 8), (200, 10, 10)).save(image)
    rows = [
        {
            "sample_id": f"s-{number}",
            "image": str(image),
            "question": f"Question #{number} : what colour?",
            "options": OPTIONS,
            "answer": number % 4,
        }
        for number in range(count)
    ]
    return pd.DataFrame(rows)


def make_model(url: str, store: Path, **changes: Any) -> RemoteModel:
    settings: dict[str, Any] = {
        "model": "big",
        "base_url": url,
        "api_key_env": None,
        "store": store,
        "retries": 2,
        "sleep": lambda seconds: time.sleep(seconds / 1_000),
    }
    return RemoteModel("gpt", **{**settings, **changes})


def answer(model: RemoteModel, samples: pd.DataFrame, **how: Any) -> pd.DataFrame:
    return answer_remotely(model, samples, **how)
