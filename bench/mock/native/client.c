/* The load client: it opens streams, checks framing and bytes, and records when events arrive.

   usage: client PORT REQUESTS BODY|-|@EVENTS STREAMS GAP_US RAMP_MS FROM_MS TO_MS REPEAT
                 [SEED]
   The file of requests has one for each stream, or one for all; a NUL byte divides them.
   The body of a stream is compared with the file BODY. With `-` only its events are counted. With
   `@EVENTS` it has that many events with a stamp, see stream.h, and their latency is measured.
   Streams open evenly over the ramp. With a SEED each opens at a random moment of its part of the
   ramp, as the users of a service do; otherwise the events of many streams are due at the same
   moments, if the ramp is a multiple of the gap. With REPEAT 1 a finished stream repeats its request until
   TO_MS, and the client waits for the open streams. Times count between FROM_MS and TO_MS. At the
   end the client prints one line of JSON, and keeps the connections open until stdin closes. */

#include "stream.h"

#include <math.h>
#include <sys/resource.h>

enum { HEAD_BYTES = 4096, READ_BYTES = 262144, EVENTS_AT_ONCE = 512 };
static const int64_t MAX_WAIT_NS = 10000 * NS_PER_MS;

enum part { HEAD, SIZE, DATA, DATA_END, TRAILER, LENGTH, UNTIL_CLOSE, DONE };

struct stream {
    int fd;
    enum part part;
    bool sent, over, line_end, any_digit;
    size_t left, body, event, head_size, stamp_size;
    int64_t sent_ns, first_ns, last_ns;
    struct text request;
    char stamp[STAMP_BYTES + 1];
    char head[HEAD_BYTES];
};

/* A growing list of durations in nanoseconds. */
struct list {
    uint32_t *at;
    size_t count, room;
};

static struct text requests, body;
static struct ends ends;
static bool has_body, repeat;
static size_t stamped; /* the number of events with a stamp in a stream; 0: they have none */
static int port, epoll_fd;
static int64_t gap_ns, ramp_ns, begin_ns, from_ns, to_ns, next_ns;
static bool at_random;

static struct stream *streams;
static size_t stream_count, opened, busy;

static struct list gap_errors, lateness, first_bytes, latencies;
static uint64_t events, events_between, chunks, finished, faults;
static char first_fault[256];

static void note(struct list *list, int64_t ns) {
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 65536;
        list->at = realloc(list->at, list->room * sizeof *list->at);
        must(list->at != NULL, "memory");
    }
    list->at[list->count++] = ns < 0 ? 0 : ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The list must be sorted. */
static double percentile_us(const struct list *list, double share) {
    if (!list->count) return NAN;
    return list->at[(size_t)(share * (double)(list->count - 1))] / 1e3;
}

static void close_stream(struct stream *s) {
    struct linger now = {1, 0}; /* RST, so that no port stays in TIME_WAIT */
    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(s->fd);
    s->fd = -1;
}

static void stop(struct stream *s) {
    close_stream(s);
    s->over = true;
    busy--;
}

static void fail(struct stream *s, const char *what) {
    if (!faults++)
        snprintf(first_fault, sizeof first_fault, "%s after %zu bytes and %zu events", what,
                 s->body, s->event);
    stop(s);
}

static void connect_stream(struct stream *s) {
    struct sockaddr_in address = loopback(port);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(s->fd >= 0, "socket");
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    int done = connect(s->fd, (struct sockaddr *)&address, sizeof address);
    must(done == 0 || errno == EINPROGRESS, "connect");
    watch(epoll_fd, EPOLL_CTL_ADD, s->fd, EPOLLOUT, s);
    s->sent = false;
}

static void send_request(struct stream *s) {
    s->part = HEAD;
    s->head_size = s->body = s->event = s->stamp_size = 0;
    s->line_end = false;
    s->sent_ns = now_ns();
    ssize_t n = send(s->fd, s->request.bytes, s->request.size, MSG_NOSIGNAL);
    if (n != (ssize_t)s->request.size) {
        fail(s, "could not send the request");
        return;
    }
    if (!s->sent) watch(epoll_fd, EPOLL_CTL_MOD, s->fd, EPOLLIN, s);
    s->sent = true;
}

static void arrived(struct stream *s, int64_t now) {
    events++;
    bool between = now >= from_ns && now < to_ns;
    events_between += between;
    if (gap_ns) {
        if (!s->event) s->first_ns = now;
        if (s->event && between && s->last_ns >= from_ns) {
            note(&gap_errors, llabs(now - s->last_ns - gap_ns));
            note(&lateness, now - s->first_ns - (int64_t)s->event * gap_ns);
        }
        s->last_ns = now;
    }
    s->event++;
}

/* Take the stamps of the events, which must have the right numbers. */
static bool take_stamps(struct stream *s, const char *from, const char *to, int64_t now) {
    while (from < to) {
        if (!s->stamp_size) {
            from = memchr(from, '@', (size_t)(to - from));
            if (!from) return true;
            from++;
        }
        size_t wanted = STAMP_BYTES + 1 - (s->stamp_size ? s->stamp_size : 1);
        size_t size = wanted < (size_t)(to - from) ? wanted : (size_t)(to - from);
        if (!s->stamp_size) s->stamp_size = 1; /* the `@` */
        memcpy(s->stamp + s->stamp_size - 1, from, size);
        s->stamp_size += size;
        from += size;
        if (s->stamp_size <= STAMP_BYTES) return true;
        s->stamp_size = 0;
        s->stamp[STAMP_BYTES] = 0;
        if (strtoul(s->stamp + STAMP_DIGITS + 1, NULL, 10) != s->event) return false;
        if (gap_ns && now >= from_ns && now < to_ns) note(&latencies, now - atoll(s->stamp));
        arrived(s, now);
    }
    return true;
}

/* Compare with the expected body; without one, only count blank lines. */
static bool take_body(struct stream *s, const char *from, size_t size, int64_t now) {
    if (has_body) {
        if (s->body + size > body.size || memcmp(body.bytes + s->body, from, size)) return false;
        s->body += size;
        while (s->event < ends.count && ends.at[s->event] <= s->body) arrived(s, now);
        return true;
    }
    s->body += size;
    if (stamped) return take_stamps(s, from, from + size, now);
    for (size_t i = 0; i < size; i++) {
        bool line_end = from[i] == '\n';
        if (line_end && s->line_end) arrived(s, now);
        s->line_end = line_end;
    }
    return true;
}

static void finish(struct stream *s, bool reusable) {
    if ((has_body && s->body != body.size) || (stamped && s->event != stamped)) {
        fail(s, "the body ended too early");
        return;
    }
    finished++;
    if (!repeat || now_ns() >= to_ns) {
        stop(s);
    } else if (reusable) {
        send_request(s);
    } else {
        close_stream(s);
        connect_stream(s);
    }
}

static bool closes_connection(struct stream *s) {
    char *header = strcasestr(s->head, "\r\nconnection:");
    return header && !strncasecmp(header + 13 + strspn(header + 13, " "), "close", 5);
}

/* Read the head; return the bytes after it, or NULL if it is incomplete or wrong. */
static const char *take_head(struct stream *s, const char *from, const char *to) {
    size_t before = s->head_size, size = (size_t)(to - from);
    size_t fits = HEAD_BYTES - 1 - before < size ? HEAD_BYTES - 1 - before : size;
    memcpy(s->head + before, from, fits);
    s->head_size += fits;
    s->head[s->head_size] = 0;
    char *end = strstr(s->head, "\r\n\r\n");
    if (!end) {
        if (s->head_size == HEAD_BYTES - 1) fail(s, "the head does not end");
        return NULL;
    }
    end[2] = 0;
    note(&first_bytes, now_ns() - s->sent_ns);
    char *length = strcasestr(s->head, "\r\ncontent-length:");
    s->part = strcasestr(s->head, "\r\ntransfer-encoding: chunked") ? SIZE
              : length                                              ? LENGTH
                                                                    : UNTIL_CLOSE;
    s->left = s->part == LENGTH ? strtoul(length + 17, NULL, 10) : 0;
    s->any_digit = false;
    if (strncmp(s->head, "HTTP/1.1 200 ", 13)) {
        fail(s, "the status is not 200");
        return NULL;
    }
    return from + (size_t)(end + 4 - s->head) - before;
}

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Read one byte of chunk framing; return false if it is wrong. */
static bool take_framing(struct stream *s, char c) {
    if (s->part == SIZE && digit(c) >= 0) {
        s->left = s->left * 16 + (size_t)digit(c);
        s->any_digit = true;
        return s->left < SIZE_MAX / 32;
    }
    if (c == '\r') return s->part != SIZE || s->any_digit;
    if (c != '\n' || (s->part == SIZE && !s->any_digit)) return false;
    s->any_digit = false;
    if (s->part == SIZE) {
        chunks += s->left > 0;
        s->part = s->left ? DATA : TRAILER;
    } else if (s->part == DATA_END) {
        s->part = SIZE;
    } else {
        s->part = DONE;
    }
    return true;
}

/* Read a part of the body; return its size, or 0 after a fault. */
static size_t take_some(struct stream *s, const char *from, size_t size, int64_t now) {
    if (s->part != UNTIL_CLOSE && s->left < size) size = s->left;
    if (!take_body(s, from, size, now)) {
        fail(s, "the bytes differ from the expected body");
        return 0;
    }
    if (s->part == UNTIL_CLOSE) return size;
    s->left -= size;
    if (!s->left) s->part = s->part == LENGTH ? DONE : DATA_END;
    return size;
}

static void take(struct stream *s, const char *from, const char *to, int64_t now) {
    if (s->part == HEAD && !(from = take_head(s, from, to))) return;
    while (from < to && s->part != DONE) {
        if (s->part == SIZE || s->part == DATA_END || s->part == TRAILER) {
            if (!take_framing(s, *from++)) {
                fail(s, "broken chunk framing");
                return;
            }
            continue;
        }
        size_t size = take_some(s, from, (size_t)(to - from), now);
        if (!size) return;
        from += size;
    }
    if (s->part != DONE) return;
    if (from < to)
        fail(s, "bytes after the end");
    else
        finish(s, !closes_connection(s));
}

static void on_ready(struct stream *s) {
    static char buffer[READ_BYTES];
    if (!s->sent) {
        send_request(s);
        return;
    }
    ssize_t n = recv(s->fd, buffer, READ_BYTES, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n > 0)
        take(s, buffer, buffer + n, now_ns());
    else if (n == 0 && s->part == UNTIL_CLOSE)
        finish(s, false);
    else
        fail(s, n ? strerror(errno) : "the connection closed");
}

/* The next request of the file, which ends with a NUL byte; the first one follows the last. */
static struct text next_request(void) {
    static size_t at;
    if (at >= requests.size) at = 0;
    char *end = memchr(requests.bytes + at, 0, requests.size - at);
    size_t size = end ? (size_t)(end - requests.bytes) - at : requests.size - at;
    struct text request = {requests.bytes + at, size};
    at += size + 1;
    return request;
}

/* Draw the moment at which the next stream opens. */
static void draw_next(void) {
    double place = (double)opened + (at_random ? drand48() : 0);
    next_ns = begin_ns + (int64_t)((double)ramp_ns * place / (double)stream_count);
}

/* Open the streams that are due; return the milliseconds until the next one, at most 100. */
static int open_due(void) {
    int64_t now = now_ns(), until_ns = 100 * NS_PER_MS;
    while (opened < stream_count) {
        if (next_ns > now) {
            until_ns = next_ns - now;
            break;
        }
        busy++;
        streams[opened].request = next_request();
        connect_stream(&streams[opened++]);
        draw_next();
    }
    return (int)((until_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void load(void) {
    struct epoll_event ready[EVENTS_AT_ONCE];
    for (int64_t now = now_ns();; now = now_ns()) {
        if (now >= to_ns && !(repeat && busy && now < to_ns + MAX_WAIT_NS)) return;
        if (opened == stream_count && !busy) return;
        int n = epoll_wait(epoll_fd, ready, EVENTS_AT_ONCE, open_due());
        for (int i = 0; i < n; i++) on_ready(ready[i].data.ptr);
    }
}

static void print_value(const char *name, double value, const char *after) {
    if (isnan(value))
        printf("\"%s\": null%s", name, after);
    else
        printf("\"%s\": %.3f%s", name, value, after);
}

static void report(double seconds) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    struct list *lists[] = {&gap_errors, &lateness, &first_bytes, &latencies};
    for (size_t i = 0; i < 4; i++) qsort(lists[i]->at, lists[i]->count, 4, by_size);
    printf("{");
    print_value("events", (double)events, ", ");
    print_value("events_between", (double)events_between, ", ");
    print_value("streams", (double)finished, ", ");
    print_value("chunks", (double)chunks, ", ");
    print_value("seconds", seconds, ", ");
    print_value("client_cpu_s", cpu, ", ");
    print_value("gap_error_p50_us", percentile_us(&gap_errors, 0.50), ", ");
    print_value("gap_error_p90_us", percentile_us(&gap_errors, 0.90), ", ");
    print_value("gap_error_p99_us", percentile_us(&gap_errors, 0.99), ", ");
    print_value("late_p99_us", percentile_us(&lateness, 0.99), ", ");
    print_value("first_byte_p50_us", percentile_us(&first_bytes, 0.50), ", ");
    print_value("first_byte_p99_us", percentile_us(&first_bytes, 0.99), ", ");
    print_value("latency_p50_us", percentile_us(&latencies, 0.50), ", ");
    print_value("latency_p90_us", percentile_us(&latencies, 0.90), ", ");
    print_value("latency_p99_us", percentile_us(&latencies, 0.99), ", ");
    print_value("faults", (double)faults, ", ");
    printf("\"fault\": \"%s\"}\n", first_fault);
    fflush(stdout);
}

int main(int count, char **arguments) {
    must(count == 10 || count == 11, "usage: client PORT REQUESTS BODY|-|@EVENTS STREAMS GAP_US "
                                     "RAMP_MS FROM_MS TO_MS REPEAT [SEED]");
    port = atoi(arguments[1]);
    requests = read_file(arguments[2]);
    stamped = arguments[3][0] == '@' ? (size_t)atol(arguments[3] + 1) : 0;
    has_body = !stamped && strcmp(arguments[3], "-") != 0;
    if (has_body) ends = find_ends(body = read_file(arguments[3]));
    stream_count = (size_t)atol(arguments[4]);
    gap_ns = atoll(arguments[5]) * NS_PER_US;
    ramp_ns = atoll(arguments[6]) * NS_PER_MS;
    repeat = atoi(arguments[9]);
    at_random = count == 11;
    if (at_random) srand48(atol(arguments[10]));
    streams = room(stream_count, sizeof *streams);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    begin_ns = now_ns();
    from_ns = begin_ns + atoll(arguments[7]) * NS_PER_MS;
    to_ns = begin_ns + atoll(arguments[8]) * NS_PER_MS;
    draw_next();
    load();
    report((double)(now_ns() - begin_ns) / 1e9);
    for (char c; read(0, &c, 1) > 0;) {
    }
}
