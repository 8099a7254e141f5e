// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// libcurl's variadic functions, one plain function per type of value: Swift cannot call variadic C.

#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>

typedef size_t (*ccurl_data_callback)(char *data, size_t size, size_t count, void *context);

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value);
CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value);
// libcurl copies the text, except for CURLOPT_POSTFIELDS.
CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode ccurl_set_data_callback(CURL *handle, CURLoption option, ccurl_data_callback value);

CURLcode ccurl_get_long(CURL *handle, CURLINFO field, long *value);
CURLcode ccurl_get_offset(CURL *handle, CURLINFO field, curl_off_t *value);
CURLcode ccurl_get_pointer(CURL *handle, CURLINFO field, void **value);

CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);

// The result of a finished transfer, out of the message's union.
CURLcode ccurl_message_result(const CURLMsg *message);

#endif
