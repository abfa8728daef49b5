#!/usr/bin/env Rscript
# SPDX-License-Identifier: MIT
# Makes the tables of reference values that tests/unit/stats/test_stats_reference.c reads:
#   Rscript make.R     in this folder, with R (made with 4.2.2, package r-base-core)
# The tests need no R. Sets of values are written with blanks between them; every number has all its
# 17 digits, so that both sides start from the same doubles.
options(digits = 17, warn = -1)
set.seed(20260131)
text <- function(x) paste(formatC(x, digits = 17, format = "g", width = 1), collapse = " ")
write_table <- function(name, rows) {
    write.table(do.call(rbind, rows), name, sep = ",", quote = FALSE, row.names = FALSE)
}

# The largest k with P(B <= k - 1) <= (1 - confidence) / 2, and the values with these ranks.
rows <- list()
for (confidence in c(0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999, 1 - 0.005 / 36, 1 - 1e-6)) {
    for (n in c(1:40, 48, 60, 99, 100, 200, 500, 1000)) {
        k <- sum(pbinom(0:((n + 1) %/% 2 - 1), n, 0.5) <= (1 - confidence) / 2)
        x <- if (n <= 20) rnorm(n) else numeric(0)
        ends <- if (k > 0 && n <= 20) sort(x)[c(k, n + 1 - k)] else c(NaN, NaN)
        rows[[length(rows) + 1]] <- data.frame(n = n, confidence = text(confidence), rank = k,
            low = text(ends[1]), high = text(ends[2]), x = text(x))
    }
}
write_table("median_interval.csv", rows)

rows <- list()
for (p in c(1e-300, 1e-30, 1e-9, 1e-4, 0.005, 0.025, 0.1, 0.3, 0.5, 0.7, 0.975, 0.9999))
    rows[[length(rows) + 1]] <- data.frame(p = text(p), z = text(qnorm(p)))
write_table("normal.csv", rows)

rows <- list()
for (n in c(1, 2, 5, 10, 37, 100, 1000)) {
    for (k in unique(round(n * c(0, 0.02, 0.1, 0.35, 0.5, 0.8, 1)))) {
        for (confidence in c(0.9, 0.95, 0.999)) {
            ci <- binom.test(k, n, conf.level = confidence)$conf.int
            rows[[length(rows) + 1]] <- data.frame(k = k, n = n, confidence = confidence,
                low = text(ci[1]), high = text(ci[2]), cdf = text(pbinom(k, n, 0.3)))
        }
    }
}
write_table("binomial.csv", rows)

sizes <- list(c(1, 1), c(1, 7), c(2, 3), c(3, 3), c(4, 4), c(5, 5), c(5, 9), c(6, 8), c(9, 4),
    c(10, 10), c(12, 30), c(20, 20), c(30, 17), c(49, 49))

# Only sets with exact distributions: for others R finds the ends with a tolerance of 1e-4. If the sets
# are too small for the level, R warns and gives the widest interval; then there is none here.
rows <- list()
for (size in sizes) {
    for (confidence in c(0.8, 0.95, 0.99, 1 - 0.005 / 36)) {
        x <- rnorm(size[1], mean = 10)
        y <- rnorm(size[2], mean = 9.5)
        test <- wilcox.test(x, y, conf.int = TRUE, conf.level = confidence, exact = TRUE)
        known <- qwilcox((1 - confidence) / 2, size[1], size[2]) > 0
        ends <- if (known) test$conf.int else c(NaN, NaN)
        rows[[length(rows) + 1]] <- data.frame(confidence = text(confidence),
            estimate = text(test$estimate), low = text(ends[1]), high = text(ends[2]), x = text(x),
            y = text(y))
    }
}
write_table("hodges_lehmann.csv", rows)

# The rank of the lower end among the Walsh averages, from 1, and the interval of the differences of
# pairs. Of more than 100 pairs there is the rank alone. If they are too few, there is none.
rows <- list()
for (n in c(1:20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 250, 300)) {
    for (confidence in if (n <= 20) c(0.8, 0.95, 0.99, 0.9975, 1 - 0.02 / 96) else c(0.95, 1 - 0.02 / 96)) {
        rank <- qsignrank((1 - confidence) / 2, n)
        x <- rnorm(n, mean = 1)
        y <- rnorm(n, mean = 0.5)
        known <- n >= 2 && n <= 100
        test <- if (known) wilcox.test(x, y, paired = TRUE, conf.int = TRUE, conf.level = confidence, exact = TRUE)
        ends <- if (known && rank > 0) test$conf.int else c(NaN, NaN)
        rows[[length(rows) + 1]] <- data.frame(n = n, confidence = text(confidence), rank = rank,
            estimate = text(if (known) test$estimate else NaN), low = text(ends[1]), high = text(ends[2]),
            x = if (known) text(x - y) else "")
    }
}
write_table("signed_rank.csv", rows)
