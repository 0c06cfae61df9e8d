"""The mask decoder, with the same result for less work.

SAM's decoder lets 7 tokens (4 masks, 1 quality, 2 box corners) and 4,096 places of the image attend to each other
(Kirillov et al. 2023, arXiv 2304.02643). Three things are rearranged, none of them changes what is computed:

- Projections of the image side are taken over to the token side: q·(Wk x) = (Wkᵀ q)·x. With 7 tokens instead of 4,096
  places to project, this is less than half of the work.
- In the first layer all boxes of a slice see the same image, so it is not copied for each.
- A mask is drawn only around its box, where it lies; elsewhere it counts as background.
"""

from __future__ import annotations

import math
from typing import Any

Tensor = Any

SIDE = 64
"""Places of the image along each side."""
CELL = 4
"""Network pixels that one place covers."""
MARGIN = 5
"""Places around a box in which its mask is drawn: 20 pixels of 256. Masks that reach further are cut there."""
OUTSIDE = -20.0
"""Logit of a pixel that was not drawn."""


class Decoder:
    """A network's prompt encoder and mask decoder, rearranged.

    Args:
        network: as `weights.load_network` gives it.
    """

    def __init__(self, network: Any) -> None:
        import torch

        self._encode = network.prompt_encoder
        self._source = network.mask_decoder
        transformer = self._source.transformer
        with torch.inference_mode():
            self._layers = [
                (layer, _Cross(layer.cross_attn_token_to_image), _Cross(layer.cross_attn_image_to_token))
                for layer in transformer.layers
            ]
            self._final = _Cross(transformer.final_attn_token_to_image)
            self._norm = transformer.norm_final_attn
            self._place = network.prompt_encoder.get_dense_pe().flatten(2)[0].T.contiguous()
            self._fixed = torch.cat([self._source.iou_token.weight, self._source.mask_tokens.weight])

    def __call__(self, embedding: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Masks and qualities.

        Args:
            embedding: (1, 256, 64, 64) of one slice.
            boxes: (n, 4) in network pixels: left, top, right, bottom.

        Returns:
            Logits (n, 1, 256, 256), and the network's own estimate of each mask's IoU (n,).
        """
        import torch

        sparse, dense = self._encode(points=None, boxes=boxes[:, None], masks=None)
        tokens = torch.cat([self._fixed.expand(len(boxes), -1, -1), sparse], dim=1)
        # The same for every box: no mask is given as a prompt.
        image = (embedding + dense[:1]).flatten(2).transpose(1, 2)
        queries = tokens
        for layer, to_image, to_tokens in self._layers:
            queries = self._among_tokens(layer, queries, tokens)
            queries = layer.norm2(queries + to_image.tokens_ask(queries + tokens, image, self._place))
            queries = layer.norm3(queries + layer.mlp(queries))
            image = layer.norm4(image + to_tokens.image_asks(image, self._place, queries + tokens, queries))
        queries = self._norm(queries + self._final.tokens_ask(queries + tokens, image, self._place))
        return self._draw(image, queries, boxes), self._source.iou_prediction_head(queries[:, 0])[:, 0]

    @staticmethod
    def _among_tokens(layer: Any, queries: Tensor, tokens: Tensor) -> Tensor:
        if layer.skip_first_layer_pe:
            return layer.norm1(layer.self_attn(q=queries, k=queries, v=queries))
        asking = queries + tokens
        return layer.norm1(queries + layer.self_attn(q=asking, k=asking, v=queries))

    def _draw(self, image: Tensor, queries: Tensor, boxes: Tensor) -> Tensor:
        import torch

        weights = self._source.output_hypernetworks_mlps[0](queries[:, 1])
        grid = image.view(len(image), SIDE, SIDE, -1)
        masks = torch.full((len(boxes), 1, SIDE * CELL, SIDE * CELL), OUTSIDE, device=image.device)
        for n, box in enumerate((boxes / CELL).tolist()):
            left, top = (max(0, int(edge) - MARGIN) for edge in box[:2])
            right, bottom = (min(SIDE, int(edge) + 1 + MARGIN) for edge in box[2:])
            if right <= left or bottom <= top:
                continue
            part = grid[n, top:bottom, left:right].permute(2, 0, 1)[None]
            drawn = (weights[n, :, None, None] * self._source.output_upscaling(part)[0]).sum(dim=0)
            masks[n, 0, top * CELL : bottom * CELL, left * CELL : right * CELL] = drawn
        return masks


class _Cross:
    """One attention between tokens and image, its image-side projections absorbed."""

    def __init__(self, attention: Any) -> None:
        heads = attention.num_heads
        self._heads = heads
        self._scale = 1 / math.sqrt(attention.internal_dim // heads)
        self._q, self._k, self._v, self._out = (
            attention.q_proj,
            attention.k_proj,
            attention.v_proj,
            attention.out_proj,
        )
        width = attention.q_proj.in_features
        self._q_weight = attention.q_proj.weight.view(heads, -1, width)
        self._k_weight = attention.k_proj.weight.view(heads, -1, width)
        self._v_weight = attention.v_proj.weight.view(heads, -1, width)
        self._out_weight = attention.out_proj.weight.view(width, heads, -1).permute(1, 2, 0)

    def _split(self, x: Tensor) -> Tensor:
        """(n, tokens, c) as (n, heads, tokens, c / heads)."""
        n, count, _ = x.shape
        return x.view(n, count, self._heads, -1).transpose(1, 2)

    def tokens_ask(self, asking: Tensor, image: Tensor, place: Tensor) -> Tensor:
        """Tokens gather from the image (n or 1, 4096, 256); the keys' bias cancels in the softmax."""
        n, count, width = asking.shape
        wanted = (self._split(self._q(asking)) @ self._k_weight).reshape(n, -1, width) * self._scale
        scores = wanted @ place.T + wanted @ image.transpose(1, 2)
        gathered = (scores.softmax(dim=-1) @ image).view(n, self._heads, count, width)
        values = gathered @ self._v_weight.transpose(1, 2) + self._v.bias.view(self._heads, 1, -1)
        return self._out(values.transpose(1, 2).reshape(n, count, -1))

    def image_asks(self, image: Tensor, place: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """The image gathers from the tokens."""
        n, count, width = keys.shape
        split = self._split(self._k(keys))
        wanted = (split @ self._q_weight).reshape(n, -1, width)
        bias = (split @ self._q.bias.view(self._heads, -1, 1)).reshape(n, 1, -1)
        scores = (image @ wanted.transpose(1, 2) + place @ wanted.transpose(1, 2) + bias) * self._scale
        shares = scores.view(n, -1, self._heads, count).softmax(dim=-1).view(n, scores.shape[1], -1)
        given = (self._split(self._v(values)) @ self._out_weight).reshape(n, -1, width)
        return shares @ given + self._out.bias
