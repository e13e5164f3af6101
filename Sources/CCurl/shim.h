#include <curl/curl.h>

/* Functions with a variable number of arguments, one for each kind that is used, since Swift cannot call them. */

static inline CURLcode cairn_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode cairn_curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode cairn_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode cairn_curl_set_list(CURL *handle, CURLoption option,
                                           struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode cairn_curl_copy_body(CURL *handle, const void *body) {
  return curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, body);
}

/* Takes at most 64 KiB of an answer and keeps nothing of it; more ends the transfer. */
static inline size_t cairn_curl_discard(char *bytes, size_t size, size_t count, void *taken) {
  (void)bytes;
  size_t *total = (size_t *)taken;
  *total += size * count;
  return *total <= 65536 ? size * count : 0;
}

static inline CURLcode cairn_curl_discard_body(CURL *handle, size_t *taken) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, cairn_curl_discard);
  return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, taken);
}

static inline long cairn_curl_status(CURL *handle) {
  long status = 0;
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

/* The seconds of Retry-After, also where it is a date; 0 if there is none. */
static inline curl_off_t cairn_curl_retry_after(CURL *handle) {
  curl_off_t seconds = 0;
  return curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK ? seconds : 0;
}

/* The next transfer that has ended: its handle, which it takes out, and how it ended. */
static inline CURL *cairn_curl_next(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL *handle = message->easy_handle;
    *result = message->data.result;
    curl_multi_remove_handle(multi, handle);
    return handle;
  }
  return NULL;
}
