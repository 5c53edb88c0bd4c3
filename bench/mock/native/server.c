/* The limit: an epoll server that sends the whole body at once, or each event at its deadline.

   usage: server PORT BODY GAP_US
   The head and the chunks are prepared once. Without a gap, a reply is one send. With a gap, a
   binary heap holds the next deadline of each stream, counted from the start of the stream, and
   the 19 digits after an `@` in an event become the time at which it is sent. */

#include "stream.h"

enum { REQUEST_BYTES = 4096, EVENTS_AT_ONCE = 512 };

struct connection {
    int fd;
    bool open, due, blocked;
    size_t sent, event;
    int64_t began_ns;
    size_t received;
    char request[REQUEST_BYTES];
};

struct deadline {
    int64_t at_ns;
    struct connection *connection;
};

static const char HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    "Cache-Control: no-cache, no-transform\r\nTransfer-Encoding: chunked\r\n\r\n";

static struct text wire;       /* head, chunks, last chunk */
static struct ends stops;      /* offsets in `wire`: the end of event n */
static size_t *stamps;         /* offsets in `wire`: the digits of event n, or 0 */
static int64_t gap_ns;
static int epoll_fd, timer_fd;

static struct deadline *heap;
static size_t heap_size, heap_room;

static void lay_out(struct text body) {
    struct ends ends = find_ends(body);
    must(ends.count > 0 && ends.at[ends.count - 1] == body.size, "the body does not end with an event");
    wire.bytes = room(sizeof HEAD + body.size + ends.count * 24 + 8, 1);
    wire.size = (size_t)sprintf(wire.bytes, "%s", HEAD);
    stops.at = room(ends.count, sizeof(size_t));
    stops.count = ends.count;
    stamps = room(ends.count, sizeof *stamps);
    for (size_t i = 0, from = 0; i < ends.count; from = ends.at[i++]) {
        size_t size = ends.at[i] - from;
        wire.size += (size_t)sprintf(wire.bytes + wire.size, "%zx\r\n", size);
        memcpy(wire.bytes + wire.size, body.bytes + from, size);
        char *stamp = memchr(wire.bytes + wire.size, '@', size);
        stamps[i] = stamp ? (size_t)(stamp + 1 - wire.bytes) : 0;
        wire.size += size;
        memcpy(wire.bytes + wire.size, "\r\n", 2);
        stops.at[i] = wire.size += 2;
    }
    memcpy(wire.bytes + wire.size, "0\r\n\r\n", 5);
    stops.at[ends.count - 1] = wire.size += 5;
}

static void put(struct deadline new) {
    if (heap_size == heap_room) {
        heap_room = heap_room ? heap_room * 2 : 1024;
        heap = realloc(heap, heap_room * sizeof *heap);
        must(heap != NULL, "memory");
    }
    size_t i = heap_size++;
    for (; i && heap[(i - 1) / 2].at_ns > new.at_ns; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = new;
}

static struct deadline take(void) {
    struct deadline first = heap[0], last = heap[--heap_size];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < heap_size; i = child) {
        if (child + 1 < heap_size && heap[child + 1].at_ns < heap[child].at_ns) child++;
        if (heap[child].at_ns >= last.at_ns) break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return first;
}

static void leave(struct connection *c) {
    if (c->open) close(c->fd);
    c->open = false;
    if (!c->due) free(c); /* otherwise its deadline frees it */
}

/* Send the bytes that are due; return false if the connection is closed. */
static bool push(struct connection *c) {
    size_t stop = gap_ns ? stops.at[c->event] : wire.size;
    while (c->sent < stop) {
        ssize_t n = send(c->fd, wire.bytes + c->sent, stop - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            if (!c->blocked) watch(epoll_fd, EPOLL_CTL_MOD, c->fd, EPOLLIN | EPOLLOUT, c);
            c->blocked = true;
            return true;
        }
        if (n < 0) return false;
        c->sent += (size_t)n;
    }
    if (c->blocked) watch(epoll_fd, EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
    c->blocked = false;
    return true;
}

/* Write the current time into the event that is sent next; all streams share its bytes. */
static void stamp_next(struct connection *c) {
    char digits[STAMP_DIGITS + 1];
    if (!gap_ns || !stamps[c->event]) return;
    sprintf(digits, "%0*lld", STAMP_DIGITS, (long long)now_ns());
    memcpy(wire.bytes + stamps[c->event], digits, STAMP_DIGITS);
}

static void plan_next(struct connection *c) {
    if (!gap_ns || c->event + 1 >= stops.count) return;
    c->due = true;
    put((struct deadline){c->began_ns + (int64_t)(c->event + 1) * gap_ns, c});
}

static bool whole_request(struct connection *c) {
    c->request[c->received] = 0;
    char *body = strstr(c->request, "\r\n\r\n");
    if (!body) return false;
    char *length = strcasestr(c->request, "\r\ncontent-length:");
    size_t wanted = length && length < body ? (size_t)atol(length + 17) : 0;
    return c->received >= (size_t)(body + 4 - c->request) + wanted;
}

static bool on_readable(struct connection *c) {
    ssize_t n = recv(c->fd, c->request + c->received, REQUEST_BYTES - 1 - c->received, 0);
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) return false;
    c->received += (size_t)n;
    if (!whole_request(c)) return c->received < REQUEST_BYTES - 1;
    c->received = c->sent = c->event = 0;
    c->began_ns = now_ns();
    stamp_next(c);
    if (!push(c)) return false;
    plan_next(c);
    return true;
}

/* Return false if the connection is closed. */
static bool serve(struct connection *c, uint32_t events) {
    if (events & EPOLLOUT && !push(c)) return false;
    return (events & ~EPOLLOUT) == 0 || on_readable(c);
}

static void on_deadlines(void) {
    for (int64_t now = now_ns(); heap_size && heap[0].at_ns <= now; now = now_ns()) {
        struct connection *c = take().connection;
        c->due = false;
        if (!c->open) {
            free(c);
            continue;
        }
        c->event++;
        stamp_next(c);
        if (push(c))
            plan_next(c);
        else
            leave(c);
    }
}

static void set_timer(void) {
    static int64_t set_ns;
    int64_t at_ns = heap_size ? heap[0].at_ns : 0;
    if (at_ns == set_ns) return;
    set_ns = at_ns;
    struct itimerspec when = {.it_value = {at_ns / 1000000000LL, at_ns % 1000000000LL}};
    must(timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0, "timerfd_settime");
}

static void accept_all(int listener) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        struct connection *c = room(1, sizeof *c);
        c->fd = fd;
        c->open = true;
        watch(epoll_fd, EPOLL_CTL_ADD, fd, EPOLLIN, c);
    }
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    struct sockaddr_in address = loopback(port);
    must(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(listen(fd, 4096) == 0, "listen");
    return fd;
}

int main(int count, char **arguments) {
    must(count == 4, "usage: server PORT BODY GAP_US");
    lay_out(read_file(arguments[2]));
    gap_ns = atoll(arguments[3]) * NS_PER_US;
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    int listener = listen_on(atoi(arguments[1]));
    watch(epoll_fd, EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
    watch(epoll_fd, EPOLL_CTL_ADD, timer_fd, EPOLLIN, &timer_fd);
    for (struct epoll_event ready[EVENTS_AT_ONCE];;) {
        int n = epoll_wait(epoll_fd, ready, EVENTS_AT_ONCE, -1);
        bool timer_expired = false;
        for (int i = 0; i < n; i++) {
            void *source = ready[i].data.ptr;
            if (source == &listener) {
                accept_all(listener);
            } else if (source == &timer_fd) {
                uint64_t times;
                timer_expired = read(timer_fd, &times, sizeof times) > 0;
            } else if (!serve(source, ready[i].events)) {
                leave(source);
            }
        }
        if (timer_expired || heap_size) on_deadlines();
        set_timer();
    }
}
