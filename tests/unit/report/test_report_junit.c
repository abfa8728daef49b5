/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"

static struct fixture *fixture;
static char *text;

static void setup(void) {
    fixture = fixture_new(10);
}

static void teardown(void) {
    free(text);
    text = NULL;
    fixture_free(fixture);
}

TestSuite(report_junit, .init = setup, .fini = teardown);

static void emit(void) {
    text = fixture_emit(fixture, "junit", &(struct report_style){0});
}

Test(report_junit, prints_what_it_printed_before) {
    emit();
    fixture_check_golden("junit.xml", text);
}

Test(report_junit, escapes_the_characters_of_xml) {
    static const struct {
        const char *given, *shown;
    } texts[] = {
        {"a<b>&\"c\"'d'", "a&#60;b&#62;&#38;&#34;c&#34;&#39;d&#39;"},
        {"two\nlines\ttab\r", "two&#10;lines&#9;tab&#13;"}, {"\x01\x1b[31m\x1f", "??[31m?"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xff\xc3(\xe2\x82", "?\?(??"},                       /* not UTF-8 */
        {"\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80", "?????????"}, /* overlong, surrogate, too large */
        {"\xef\xbf\xbe|\xef\xbf\xbf", "?|?"},                  /* not in XML */
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fixture->results[GCD_PROCESSES].samples[0].failure = texts[i].given;
        emit();
        cr_expect_not_null(strstr(text, texts[i].shown), "'%s' in\n%s", texts[i].shown, text);
        free(text);
        text = NULL;
    }
}

Test(report_junit, counts_failures_and_what_was_not_measured) {
    emit();
    cr_expect_not_null(strstr(text,
        "<testsuites name=\"pconc\" tests=\"13\" failures=\"2\" "
        "errors=\"0\" time="));
    cr_expect_not_null(strstr(text,
        "name=\"noop: 1000000 jobs\" skipped=\"1\" tests=\"3\" failures=\"0\" "
        "errors=\"0\" time="));
    cr_expect_not_null(strstr(text, "<skipped message=\"it was not measured\"/>"));
}
