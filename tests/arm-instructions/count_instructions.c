/* A plugin of QEMU's user mode emulation that counts the instructions which a program executes: in
 * all, by function, and between two reads of a CPU clock.
 *
 *   gcc -shared -fPIC -O2 -o count_instructions.so count_instructions.c
 *   qemu-aarch64 -plugin ./count_instructions.so,out=FILE PROGRAM…
 *
 * FILE receives lines "total COUNT", "clock NUMBER COUNT" and "function COUNT NAME", the functions
 * with the most instructions first. "clock" is a read of the CPU clock with this number (2: the
 * process, 3: the thread, as in linux/time.h) and the instructions that were executed before it.
 * `cardsight bench` reads the thread's clock before and after each stage, and the process's clock
 * before and after each frame, so that these lines separate its stages.
 *
 * It uses version 1 of the plugin interface, which QEMU 7.2 to 8.2 have, and declares what it needs of
 * it, because Debian's packages have no header. The counts of programs with several busy threads are
 * too low, because adding to them is not atomic.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*on_block)(plugin_id, struct qemu_plugin_tb *);
typedef void (*on_end)(plugin_id, void *);
typedef void (*on_system_call)(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                               uint64_t, uint64_t, uint64_t, uint64_t);

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, on_block);
extern void qemu_plugin_register_vcpu_syscall_cb(plugin_id, on_system_call);
extern void qemu_plugin_register_atexit_cb(plugin_id, on_end, void *);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int operation,
                                                     void *counter, uint64_t amount);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;

enum { ADD = 0, CLOCK_GETTIME = 113, PROCESS_CLOCK = 2, THREAD_CLOCK = 3 };
enum { FUNCTIONS_SHOWN = 40, BUCKETS = 1 << 14 };

struct function {
    const char *name;
    uint64_t executed;
    struct function *next;
};

/* Functions by the hash of their names, and their number. */
static struct function *functions[BUCKETS];
static size_t functions_count;
static uint64_t executed;
static FILE *out;

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory) {
        fputs("count_instructions: no memory is left\n", stderr);
        exit(1);
    }
    return memory;
}

/* Finds a function or adds it. Code without a symbol belongs to the function "?". */
static struct function *function_named(const char *name)
{
    const char *shown = name && *name ? name : "?";
    uint32_t hash = 0;
    for (const char *letter = shown; *letter; letter++)
        hash = hash * 31 + (unsigned char)*letter;
    struct function **bucket = &functions[hash % BUCKETS];
    for (struct function *known = *bucket; known; known = known->next)
        if (strcmp(known->name, shown) == 0)
            return known;
    struct function *added = allocate(sizeof *added);
    char *copy = allocate(strlen(shown) + 1);
    added->name = strcpy(copy, shown);
    added->next = *bucket;
    *bucket = added;
    functions_count++;
    return added;
}

/* QEMU calls this once for each block of instructions without a jump, before it runs, and holds a lock
 * meanwhile. A block is counted for the function of its first instruction. */
static void count_block(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    size_t length = qemu_plugin_tb_n_insns(block);
    struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(block, 0);
    struct function *owner = function_named(qemu_plugin_insn_symbol(first));
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD, &executed, length);
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD, &owner->executed, length);
}

static void note_clock(plugin_id id, unsigned cpu, int64_t call, uint64_t clock, uint64_t a2, uint64_t a3,
                       uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    (void)id, (void)cpu, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    if (call == CLOCK_GETTIME && (clock == PROCESS_CLOCK || clock == THREAD_CLOCK))
        fprintf(out, "clock %" PRIu64 " %" PRIu64 "\n", clock, executed);
}

static int by_most_executed(const void *left, const void *right)
{
    uint64_t a = (*(struct function *const *)left)->executed;
    uint64_t b = (*(struct function *const *)right)->executed;
    return a < b ? 1 : a > b ? -1 : 0;
}

static void report(plugin_id id, void *unused)
{
    (void)id, (void)unused;
    struct function **all = allocate((functions_count + 1) * sizeof *all);
    size_t count = 0;
    for (size_t bucket = 0; bucket < BUCKETS; bucket++)
        for (struct function *each = functions[bucket]; each; each = each->next)
            all[count++] = each;
    qsort(all, count, sizeof *all, by_most_executed);
    fprintf(out, "total %" PRIu64 "\n", executed);
    for (size_t index = 0; index < count && index < FUNCTIONS_SHOWN; index++)
        fprintf(out, "function %" PRIu64 " %s\n", all[index]->executed, all[index]->name);
    fclose(out);
}

EXPORTED int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    static const char prefix[] = "out=";
    (void)info;
    if (argc != 1 || strncmp(argv[0], prefix, sizeof prefix - 1) != 0) {
        fputs("count_instructions: one argument, out=FILE, is required\n", stderr);
        return 1;
    }
    const char *path = argv[0] + sizeof prefix - 1;
    out = fopen(path, "w");
    if (!out) {
        perror(path);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, count_block);
    qemu_plugin_register_vcpu_syscall_cb(id, note_clock);
    qemu_plugin_register_atexit_cb(id, report, NULL);
    return 0;
}
