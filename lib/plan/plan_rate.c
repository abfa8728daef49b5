/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "arrivals.h"
#include "units.h"
#include "words.h"

/* An open loop: jobs that arrive at a rate, or at several rates, of which the highest is sought. */

static int parse_arrivals(struct diag *diag, struct spec_text text, const char **ret_word) {
    size_t count = 0;
    int at = arrivals_find(text.text);

    while (arrivals_words[count])
        count++;
    if (at < 0)
        return unknown_word(
            diag, text.origin, "unknown arrivals", text.text, arrivals_words, count);
    *ret_word = arrivals_words[at];
    return 0;
}

static int parse_one_rate(struct diag *diag, struct spec_text text, const char *rate, double *ret) {
    const char *wrong = parse_rate(rate, ret);

    if (wrong)
        return text_refuse(diag, "rate", text, wrong);
    if (*ret < RATE_MIN || *ret > RATE_MAX)
        return text_refuse(diag, "rate", text, "is out of range; write 4/h to 1000000000/s");
    return 0;
}

/* "500/s", or "10..5000/s", whose ends have one unit. */
static int parse_rates(struct builder *builder) {
    struct spec_text text = builder->spec->rate;
    struct plan *plan = builder->plan;
    const char *dots = strstr(text.text, ".."), *high = dots ? dots + strlen("..") : text.text;
    const char *slash = strchr(high, '/');
    int code = parse_one_rate(builder->diag, text, high, &plan->rate);

    if (code < 0 || !dots)
        return code;
    code = parse_one_rate(builder->diag, text,
        arena_printf(builder->scratch, "%.*s%s", (int)(dots - text.text), text.text, slash),
        &plan->rate_low);
    if (code == 0 && plan->rate_low >= plan->rate)
        code = text_refuse(builder->diag, "rate", text,
            "is no range; write the lower rate first, such as 10..5000/s");
    return code;
}

static int parse_limit(struct builder *builder) {
    const struct plan_spec *spec = builder->spec;
    struct plan *plan = builder->plan;

    if (plan->rate_low > 0 && !spec->latency_limit.text)
        return text_refuse(builder->diag, "rate", spec->rate,
            "is a range, so it needs a latency_limit, such as 10ms");
    if (plan->rate_low <= 0 && spec->latency_limit.text)
        return text_refuse(builder->diag, "latency_limit", spec->latency_limit,
            "needs a range of rates, such as 10..5000/s");
    if (!spec->latency_limit.text)
        return 0;
    return time_parse(
        builder->diag, "latency_limit", spec->latency_limit, "10ms", &plan->latency_limit_ns);
}

int open_loop_parse(struct builder *builder) {
    const struct plan_spec *spec = builder->spec;
    struct plan *plan = builder->plan;
    int code = 0;

    if (spec->arrivals.text && !spec->rate.text)
        return text_refuse(
            builder->diag, "arrivals", spec->arrivals, "needs a rate; give one, such as 500/s");
    if (spec->rate.text) {
        plan->latency = true;
        plan->arrivals = arrivals_words[ARRIVALS_CONSTANT];
        code = parse_rates(builder);
    }
    if (code == 0)
        code = parse_limit(builder);
    if (code == 0 && spec->arrivals.text)
        code = parse_arrivals(builder->diag, spec->arrivals, &plan->arrivals);
    return code;
}

const char *open_loop_title(const struct plan *plan) {
    if (plan->rate <= 0)
        return "";
    if (plan->rate_low <= 0)
        return arena_printf(plan->arena, " at %.10g/s (%s)", plan->rate, plan->arrivals);
    return arena_printf(
        plan->arena, " at %.10g..%.10g/s (%s)", plan->rate_low, plan->rate, plan->arrivals);
}

int64_t plan_jobs_at(const struct plan *plan, const struct bench_case *bench_case, double rate) {
    double jobs = (double)bench_case->jobs * rate / plan->rate;

    if (plan->rate_low <= 0)
        return bench_case->jobs;
    return jobs > SEARCH_JOBS_MIN ? (int64_t)jobs : SEARCH_JOBS_MIN;
}

/* The jobs of an open loop arrive for a time that is known before. */
int open_loop_check(const struct builder *builder) {
    const struct plan *plan = builder->plan;
    double slowest = plan->rate_low > 0 ? plan->rate_low : plan->rate;
    char needed[32], timeout[32];

    for (size_t i = 0; slowest > 0 && i < plan->case_count; i++) {
        int64_t jobs = plan_jobs_at(plan, &plan->cases[i], slowest);
        double needed_ns = (double)jobs * 1e9 / slowest;
        if (needed_ns <= (double)plan->timeout_ns)
            continue;
        show_duration(needed_ns, needed, sizeof(needed));
        format_duration(plan->timeout_ns, timeout, sizeof(timeout));
        return diag_at(builder->diag, builder->spec->rate.origin, -EINVAL,
            "at %.10g/s the %" PRId64 " jobs of '%s' arrive in %s, but a sample may take only %s; "
            "use %s or a longer timeout",
            slowest, jobs, shown(plan->cases[i].id).text, needed, timeout,
            plan->rate_low > 0 ? "a higher rate" : "fewer jobs");
    }
    return 0;
}
