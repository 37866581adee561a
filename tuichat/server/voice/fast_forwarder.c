/* Forwards voice in a thread of its own, past Python: packets of Opus between people who all take AES-256-GCM over UDP.
 *
 * What it cannot decide it hands up: a datagram through `up`, its address (four bytes) and port (two) before it. The rules are
 * those of forwarder.py, and so are the names. One mutex guards everything: Python holds it for microseconds, and waits for
 * one datagram's listeners at most, since who asks for it is next (`turn`).
 * OpenSSL's few functions are declared here, so that a compiler is enough to build this.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_cipher_st EVP_CIPHER;
extern EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
extern void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *);
extern const EVP_CIPHER *EVP_aes_256_gcm(void);
extern int EVP_CipherInit_ex(EVP_CIPHER_CTX *, const EVP_CIPHER *, void *, const unsigned char *, const unsigned char *, int);
extern int EVP_CipherUpdate(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int);
extern int EVP_CipherFinal_ex(EVP_CIPHER_CTX *, unsigned char *, int *);
extern int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *, int, int, void *);

enum { GET_TAG = 0x10, SET_TAG = 0x11 };                           /* EVP_CTRL_AEAD_... */
enum { SPEAKS = 1, HEARS = 2, IS_ANNOUNCED = 4, IS_FAST = 8 };      /* as fast_forwarder.py has them */
enum { HEADER = 12, TAG = 16, COUNTER = 4, KEY = 32, OPUS = 120 };
enum { MAX_DATAGRAM = 1500, SENT_AT_ONCE = 64, ADDRESS = 6, RETRY_MS = 1 };
enum { WINDOW_MS = 1000, MAX_PACKETS = 250, MAX_BYTES = 200000 };   /* participant.py */
enum { REPLAY_WORDS = 4, REPLAY_SIZE = 64 * REPLAY_WORDS, MAX_AGE = REPLAY_SIZE * 5760, RESTART_NONCES = 1000 }; /* replay_guard.py */
enum { BUCKETS = 4096 };                                            /* a power of two */
static const uint32_t FIRST_COUNTER = 0xC0000000u, LAST_COUNTER = 0xFFF00000u; /* Python counts below */

struct room;
struct peer {
    struct peer *next;
    struct room *room;
    size_t place;
    uint32_t ssrc, counter;
    int flags;
    unsigned char key[KEY];
    EVP_CIPHER_CTX *opener, *sealer;
    struct sockaddr_in address;
    int has_highest;
    uint16_t sequence; /* of the newest packet, as its timestamp and nonce */
    uint32_t timestamp, nonce;
    uint64_t seen[REPLAY_WORDS]; /* bit n: the sequence number `sequence` - n came */
    int64_t window_ms, heard_ms;
    uint32_t packets, bytes;
};
struct room {
    struct room *next;
    uint64_t id;
    struct peer **members;
    size_t count, space, slow; /* slow: those who hear, and whom Python has to send to */
};
struct hub {
    pthread_mutex_t turn, mutex;
    pthread_t thread;
    int is_running, is_stopping, socket, up;
    struct peer *peers[BUCKETS];
    struct room *rooms[BUCKETS];
    uint64_t unsent, refused, forwarded;
    unsigned char out[SENT_AT_ONCE][MAX_DATAGRAM + 64];
    struct iovec parts[SENT_AT_ONCE];
    struct mmsghdr messages[SENT_AT_ONCE];
};

/* Mutexes are not fair: without the turn, the thread that forwards would have it again before Python wakes. */
static void enter(struct hub *hub) {
    pthread_mutex_lock(&hub->turn);
    pthread_mutex_lock(&hub->mutex);
    pthread_mutex_unlock(&hub->turn);
}

static void leave(struct hub *hub) { pthread_mutex_unlock(&hub->mutex); }

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t read_u32(const unsigned char *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write_u32(unsigned char *at, uint32_t number) {
    at[0] = number >> 24, at[1] = number >> 16, at[2] = number >> 8, at[3] = number;
}

static struct peer *find(struct hub *hub, uint32_t ssrc) {
    struct peer *peer = hub->peers[ssrc & (BUCKETS - 1)];
    while (peer && peer->ssrc != ssrc) peer = peer->next;
    return peer;
}

static int is_slow(const struct peer *peer) { return (peer->flags & (HEARS | IS_FAST)) == HEARS; }

/* What replay_guard.py does, and why. */
static int accept_packet(struct peer *peer, uint16_t sequence, uint32_t timestamp, uint32_t nonce) {
    int64_t later = (int32_t)(timestamp - peer->timestamp);
    if (!peer->has_highest || later > 0 || nonce - peer->nonce - 1 < RESTART_NONCES) {
        int ahead = (uint16_t)(sequence - peer->sequence);
        if (!peer->has_highest || ahead == 0 || ahead >= REPLAY_SIZE) {
            memset(peer->seen, 0, sizeof peer->seen);
        } else {
            int words = ahead / 64, bits = ahead % 64;
            for (int at = REPLAY_WORDS - 1; at >= 0; at--) {
                uint64_t word = at >= words ? peer->seen[at - words] << bits : 0;
                if (bits && at > words) word |= peer->seen[at - words - 1] >> (64 - bits);
                peer->seen[at] = word;
            }
        }
        peer->seen[0] |= 1;
        peer->has_highest = 1;
        peer->sequence = sequence, peer->timestamp = timestamp, peer->nonce = nonce;
        return 1;
    }
    int age = (uint16_t)(peer->sequence - sequence);
    if (age >= REPLAY_SIZE || -later > MAX_AGE || peer->seen[age / 64] >> (age % 64) & 1) return 0;
    peer->seen[age / 64] |= (uint64_t)1 << (age % 64);
    return 1;
}

static int is_within_rate(struct peer *peer, int size, int64_t now) {
    if (now - peer->window_ms >= WINDOW_MS) peer->window_ms = now, peer->packets = 0, peer->bytes = 0;
    peer->packets++;
    peer->bytes += size;
    return peer->packets <= MAX_PACKETS && peer->bytes <= MAX_BYTES;
}

/* Open a packet of a header without extension into `plain`; return the payload's size, -1 of one that is forged. */
static int open_packet(struct peer *peer, const unsigned char *packet, int size, unsigned char *plain) {
    unsigned char nonce[12] = {0};
    int done, last, sealed = size - HEADER - TAG - COUNTER;
    memcpy(nonce, packet + size - COUNTER, COUNTER);
    if (!EVP_CipherInit_ex(peer->opener, NULL, NULL, NULL, nonce, 0)) return -1;
    if (!EVP_CipherUpdate(peer->opener, NULL, &done, packet, HEADER)) return -1;
    if (!EVP_CipherUpdate(peer->opener, plain, &done, packet + HEADER, sealed)) return -1;
    if (!EVP_CIPHER_CTX_ctrl(peer->opener, SET_TAG, TAG, (void *)(packet + HEADER + sealed))) return -1;
    if (!EVP_CipherFinal_ex(peer->opener, plain + done, &last)) return -1;
    return done + last;
}

/* Seal a payload for one listener into `out`; return the packet's size, 0 where it cannot be. */
static int seal_packet(struct peer *peer, const unsigned char *header, const unsigned char *plain, int size, unsigned char *out) {
    unsigned char nonce[12] = {0};
    int done, last;
    write_u32(nonce, peer->counter);
    memcpy(out, header, HEADER);
    if (!EVP_CipherInit_ex(peer->sealer, NULL, NULL, NULL, nonce, 1)) return 0;
    peer->counter++;
    if (!EVP_CipherUpdate(peer->sealer, NULL, &done, header, HEADER)) return 0;
    if (!EVP_CipherUpdate(peer->sealer, out + HEADER, &done, plain, size)) return 0;
    if (!EVP_CipherFinal_ex(peer->sealer, out + HEADER + done, &last)) return 0;
    done += last;
    if (!EVP_CIPHER_CTX_ctrl(peer->sealer, GET_TAG, TAG, out + HEADER + done)) return 0;
    memcpy(out + HEADER + done + TAG, nonce, COUNTER);
    return HEADER + done + TAG + COUNTER;
}

static void send_all(struct hub *hub, int count) {
    int at = 0;
    while (at < count) {
        int sent = sendmmsg(hub->socket, hub->messages + at, count - at, MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EINTR) continue;
            hub->unsent++; /* the system's buffer is full, or it knows no way there: audio does not wait */
            sent = 1;
        }
        at += sent;
    }
}

static void fan_out(struct hub *hub, struct peer *speaker, const unsigned char *header, const unsigned char *plain, int size) {
    struct room *room = speaker->room;
    int filled = 0;
    for (size_t at = 0; at < room->count; at++) {
        struct peer *listener = room->members[at];
        if (listener == speaker || !(listener->flags & HEARS)) continue;
        int sealed = seal_packet(listener, header, plain, size, hub->out[filled]);
        if (!sealed) {
            hub->unsent++;
            continue;
        }
        if (listener->counter >= LAST_COUNTER) listener->flags &= ~IS_FAST, room->slow++; /* Python has numbers left */
        hub->parts[filled].iov_len = sealed;
        hub->messages[filled].msg_hdr.msg_name = &listener->address;
        hub->forwarded++;
        if (++filled == SENT_AT_ONCE) send_all(hub, filled), filled = 0;
    }
    send_all(hub, filled);
}

/* Take one datagram; return 0 where Python has to. */
static int take(struct hub *hub, const unsigned char *packet, int size, const struct sockaddr_in *from) {
    unsigned char plain[MAX_DATAGRAM];
    if (size < HEADER + TAG + COUNTER || size > MAX_DATAGRAM || packet[0] != 0x80 || (packet[1] & 0x7F) != OPUS) return 0;
    struct peer *peer = find(hub, read_u32(packet + 8));
    if (!peer || !(peer->flags & IS_FAST) || !(peer->flags & IS_ANNOUNCED) || peer->room->slow) return 0;
    if (peer->address.sin_addr.s_addr != from->sin_addr.s_addr || peer->address.sin_port != from->sin_port) return 0;
    int64_t now = now_ms();
    int opened = open_packet(peer, packet, size, plain);
    uint16_t sequence = (uint16_t)(packet[2] << 8 | packet[3]);
    uint32_t nonce = read_u32(packet + size - COUNTER);
    if (opened < 0 || !accept_packet(peer, sequence, read_u32(packet + 4), nonce) || !is_within_rate(peer, size, now)) {
        hub->refused++;
        return 1;
    }
    if (!(peer->flags & SPEAKS)) return 1;
    if (opened != 3 || memcmp(plain, "\xf8\xff\xfe", 3)) peer->heard_ms = now;
    fan_out(hub, peer, packet, plain, opened);
    return 1;
}

/* Waits in the read itself: to wait for one first costs a system call a datagram. */
static void *serve(void *argument) {
    struct hub *hub = argument;
    unsigned char buffer[ADDRESS + 2048];
    while (!__atomic_load_n(&hub->is_stopping, __ATOMIC_ACQUIRE)) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t size = recvfrom(hub->socket, buffer + ADDRESS, 2048, 0, (struct sockaddr *)&from, &length);
        if (size < 0) {
            if (errno != EINTR) poll(NULL, 0, RETRY_MS); /* an error that stays is not asked for again at once */
            continue;
        }
        enter(hub);
        int is_taken = take(hub, buffer + ADDRESS, (int)size, &from);
        leave(hub);
        if (is_taken || !length) continue;
        memcpy(buffer, &from.sin_addr.s_addr, 4);
        memcpy(buffer + 4, &from.sin_port, 2);
        send(hub->up, buffer, ADDRESS + size, MSG_DONTWAIT | MSG_NOSIGNAL); /* where Python is behind, it is lost */
    }
    return NULL;
}

static void leave_room(struct hub *hub, struct peer *peer) {
    struct room *room = peer->room;
    if (!room) return;
    room->slow -= is_slow(peer);
    room->members[peer->place] = room->members[--room->count];
    room->members[peer->place]->place = peer->place;
    peer->room = NULL;
    if (room->count) return;
    struct room **link = &hub->rooms[room->id & (BUCKETS - 1)];
    while (*link != room) link = &(*link)->next;
    *link = room->next;
    free(room->members);
    free(room);
}

static int enter_room(struct hub *hub, struct peer *peer, uint64_t id) {
    struct room **link = &hub->rooms[id & (BUCKETS - 1)], *room = *link;
    while (room && room->id != id) room = room->next;
    if (!room) {
        if (!(room = calloc(1, sizeof *room))) return 0;
        room->id = id;
        room->next = *link;
        *link = room;
    }
    if (room->count == room->space) {
        size_t space = room->space ? room->space * 2 : 8;
        struct peer **members = realloc(room->members, space * sizeof *members);
        if (!members) return 0;
        room->members = members;
        room->space = space;
    }
    peer->place = room->count;
    room->members[room->count++] = peer;
    peer->room = room;
    return 1;
}

static void free_peer(struct peer *peer) {
    if (peer->opener) EVP_CIPHER_CTX_free(peer->opener);
    if (peer->sealer) EVP_CIPHER_CTX_free(peer->sealer);
    free(peer);
}

static int set_key(struct peer *peer, const unsigned char *key) {
    if (peer->opener && !memcmp(peer->key, key, KEY)) return 1;
    memcpy(peer->key, key, KEY);
    peer->counter = FIRST_COUNTER;
    peer->has_highest = 0;
    if (!peer->opener) peer->opener = EVP_CIPHER_CTX_new();
    if (!peer->sealer) peer->sealer = EVP_CIPHER_CTX_new();
    return peer->opener && peer->sealer && EVP_CipherInit_ex(peer->opener, EVP_aes_256_gcm(), NULL, key, NULL, 0) &&
           EVP_CipherInit_ex(peer->sealer, EVP_aes_256_gcm(), NULL, key, NULL, 1);
}

/* What Python calls. */

void hub_drop(struct hub *hub, uint32_t ssrc) {
    enter(hub);
    struct peer **link = &hub->peers[ssrc & (BUCKETS - 1)];
    while (*link && (*link)->ssrc != ssrc) link = &(*link)->next;
    struct peer *peer = *link;
    if (peer) {
        *link = peer->next;
        leave_room(hub, peer);
        free_peer(peer);
    }
    leave(hub);
}

/* Say all about one who is in a room; `address` is in network order. Returns 0 when it could not be noted. */
int hub_set(struct hub *hub, uint32_t ssrc, const unsigned char *key, uint32_t address, uint16_t port, uint64_t room, int flags) {
    int is_good = 0;
    enter(hub);
    struct peer *peer = find(hub, ssrc);
    if (!peer && (peer = calloc(1, sizeof *peer))) {
        peer->ssrc = ssrc;
        peer->next = hub->peers[ssrc & (BUCKETS - 1)];
        hub->peers[ssrc & (BUCKETS - 1)] = peer;
    }
    if (peer) {
        leave_room(hub, peer);
        is_good = set_key(peer, key) && enter_room(hub, peer, room);
    }
    if (is_good) {
        peer->address.sin_family = AF_INET;
        peer->address.sin_addr.s_addr = address;
        peer->address.sin_port = htons(port);
        peer->flags = peer->counter >= LAST_COUNTER ? flags & ~IS_FAST : flags;
        peer->room->slow += is_slow(peer);
    }
    leave(hub);
    if (peer && !is_good) hub_drop(hub, ssrc);
    return is_good;
}

/* Take note of a packet that Python opened: 1 new, 0 not, -1 where nobody has this SSRC. */
int hub_accept(struct hub *hub, uint32_t ssrc, uint16_t sequence, uint32_t timestamp, uint32_t nonce) {
    enter(hub);
    struct peer *peer = find(hub, ssrc);
    int is_new = peer ? accept_packet(peer, sequence, timestamp, nonce) : -1;
    leave(hub);
    return is_new;
}

/* When something other than silence came last from somebody, in milliseconds of CLOCK_MONOTONIC; 0: not through here. */
int64_t hub_heard_ms(struct hub *hub, uint32_t ssrc) {
    enter(hub);
    struct peer *peer = find(hub, ssrc);
    int64_t heard = peer ? peer->heard_ms : 0;
    leave(hub);
    return heard;
}

uint64_t hub_forwarded(struct hub *hub) {
    enter(hub);
    uint64_t count = hub->forwarded;
    leave(hub);
    return count;
}

/* Ends the reading of the socket, whoever would read it. */
void hub_stop(struct hub *hub) {
    __atomic_store_n(&hub->is_stopping, 1, __ATOMIC_RELEASE);
    if (hub->is_running) {
        shutdown(hub->socket, SHUT_RD); /* says that nobody is connected to it, and ends its reads all the same */
        pthread_join(hub->thread, NULL);
    }
    for (int at = 0; at < BUCKETS; at++)
        while (hub->peers[at]) hub_drop(hub, hub->peers[at]->ssrc);
    pthread_mutex_destroy(&hub->mutex);
    pthread_mutex_destroy(&hub->turn);
    free(hub);
}

/* `socket` is one whose reads wait. */
struct hub *hub_start(int socket, int up) {
    struct hub *hub = calloc(1, sizeof *hub);
    if (!hub) return NULL;
    pthread_mutex_init(&hub->turn, NULL);
    pthread_mutex_init(&hub->mutex, NULL);
    hub->socket = socket;
    hub->up = up;
    for (int at = 0; at < SENT_AT_ONCE; at++) {
        hub->parts[at].iov_base = hub->out[at];
        hub->messages[at].msg_hdr.msg_iov = &hub->parts[at];
        hub->messages[at].msg_hdr.msg_iovlen = 1;
        hub->messages[at].msg_hdr.msg_namelen = sizeof(struct sockaddr_in);
    }
    hub->is_running = !pthread_create(&hub->thread, NULL, serve, hub);
    if (!hub->is_running) {
        hub_stop(hub);
        return NULL;
    }
    return hub;
}
