// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <zlib.h>

/* inflateInit2 is a macro. 15 + 32: the largest window, and inflate recognises a gzip or a zlib head. */
static inline int gw_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 32); }
