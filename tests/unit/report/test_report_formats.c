/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "fixture_session.h"

Test(report_formats, are_found_by_name) {
    size_t count = 0;

    for (; report_formats[count]; count++)
        cr_expect_eq(report_format_find(report_formats[count]->name), report_formats[count]);
    cr_expect_eq(count, 11);
    cr_expect_str_eq(report_formats[0]->name, "table");
    cr_expect_null(report_format_find("yaml"));
    cr_expect_null(report_format_find(""));
}

/* A full disk is an error of the stream, which the caller checks. */
Test(report_formats, leave_a_failed_write_in_the_stream) {
    for (size_t i = 0; report_formats[i]; i++) {
        struct fixture *fixture = fixture_new(10);
        struct session_summary *summary = summarize(&fixture->session);
        struct diag diag = {0};
        FILE *full = fopen("/dev/full", "w");
        cr_assert_not_null(full);
        int code = report_print(full, report_formats[i], &fixture->session, summary,
            &(struct report_style){.width = 80}, &diag);
        cr_expect_eq(code, 0, "%s: %s", report_formats[i]->name, diag.text);
        cr_expect(fflush(full) != 0 || ferror(full), "%s", report_formats[i]->name);
        (void)fclose(full);
        session_summary_free(summary);
        fixture_free(fixture);
    }
}
