// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>

/* Swift cannot call C variadic functions. One wrapper for each type of argument, nothing else. */

static inline CURLcode gw_setopt_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode gw_setopt_size(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode gw_setopt_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode gw_setopt_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode gw_setopt_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode gw_setopt_read(CURL *h, curl_read_callback v) {
    return curl_easy_setopt(h, CURLOPT_READFUNCTION, v);
}
static inline CURLcode gw_setopt_write(CURL *h, CURLoption o, curl_write_callback v) {
    return curl_easy_setopt(h, o, v);
}
static inline CURLcode gw_setopt_progress(CURL *h, curl_xferinfo_callback v) {
    return curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, v);
}
static inline CURLcode gw_setopt_seek(CURL *h, curl_seek_callback v) {
    return curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, v);
}
static inline CURLcode gw_setopt_opensocket(CURL *h, curl_opensocket_callback v) {
    return curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, v);
}
static inline CURLcode gw_setopt_closesocket(CURL *h, curl_closesocket_callback v) {
    return curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, v);
}
/* Copies the IP address that a socket is to be connected to, 4 or 16 bytes; 0 for another family. */
static inline int gw_address_bytes(const struct curl_sockaddr *a, unsigned char *out) {
    if (a->family == AF_INET) {
        memcpy(out, &((const struct sockaddr_in *)&a->addr)->sin_addr, 4);
        return 4;
    }
    if (a->family == AF_INET6) {
        memcpy(out, &((const struct sockaddr_in6 *)&a->addr)->sin6_addr, 16);
        return 16;
    }
    return 0;
}
static inline CURLcode gw_getinfo_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode gw_getinfo_size(CURL *h, CURLINFO i, curl_off_t *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode gw_getinfo_string(CURL *h, CURLINFO i, const char **v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode gw_getinfo_pointer(CURL *h, CURLINFO i, void **v) { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode gw_multi_setopt_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }

/* "Go on after a refused recipient": spelled with three L up to 8.1, with two from 8.2; the number never changed. */
#if LIBCURL_VERSION_NUM >= 0x080200
#define GW_OPTION_RCPT_ALLOWFAILS CURLOPT_MAIL_RCPT_ALLOWFAILS
#else
#define GW_OPTION_RCPT_ALLOWFAILS CURLOPT_MAIL_RCPT_ALLLOWFAILS
#endif
static const CURLoption gw_option_rcpt_allowfails = GW_OPTION_RCPT_ALLOWFAILS;

/* CURL_GLOBAL_DEFAULT is a macro over macros, which Swift does not see. */
static inline CURLcode gw_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
