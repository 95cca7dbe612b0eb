# Reads data sets from the file named first, fits each with R's survival and
# cmprsk, and writes what compare.py compares to the file named second.
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})

files <- commandArgs(trailingOnly = TRUE)
attempt <- function(expr) tryCatch(suppressWarnings(expr), error = function(e) NULL)

curve <- function(d, tau) {
  fit <- survfit(d$S ~ 1, weights = d$w, cluster = d$cluster, robust = d$robust,
                 conf.type = d$conf, start.time = d$start)
  errors <- summary(fit, times = fit$time)$std.err
  quantiles <- quantile(fit, c(.25, .5, .75))
  mean <- summary(fit, rmean = tau)$table[c("rmean", "se(rmean)")]
  list(time = fit$time, n_risk = fit$n.risk, n_event = fit$n.event, n_censor = fit$n.censor,
       estimate = fit$surv, std_error = errors, low = fit$lower, high = fit$upper,
       hazard = fit$cumhaz, hazard_error = fit$std.chaz,
       quantile = as.numeric(quantiles$quantile), quantile_low = as.numeric(quantiles$lower),
       quantile_high = as.numeric(quantiles$upper),
       mean = mean[[1]], mean_error = mean[[2]])
}

cox <- function(d, stratified) {
  x <- if (stratified) d$S ~ x + x2 + strata(s) else d$S ~ x + x2
  arguments <- list(formula = x, data = d$rows, ties = d$ties)
  if (d$ties != "exact") { arguments$weights <- d$w; arguments$cluster <- d$cluster }
  fit <- do.call(coxph, arguments)
  out <- list(coef = as.numeric(fit$coef), covariance = as.numeric(fit$var), log_likelihood = fit$loglik)
  if (!stratified) {
    out$score <- fit$score
    out$concordance <- as.numeric(fit$concordance[c("concordance", "std")])
    if (d$ties != "exact") out$ph_test <- as.numeric(cox.zph(fit)$table[, 1])
  }
  out
}

incidence <- function(d) {
  state <- factor(d$rows$cause, 0:2)
  S <- if (d$late) Surv(d$rows$entry, d$rows$time, state) else Surv(d$rows$time, state)
  fit <- survfit(S ~ 1, weights = d$w, id = seq_along(state))
  list(time = fit$time, estimate = fit$pstate[, -1], std_error = fit$std.err[, -1])
}

fine_gray <- function(d) {
  rows <- d$rows
  rows$state <- factor(rows$cause, 0:2)
  rows$person <- seq_len(nrow(rows))
  long <- finegray(Surv(time, state) ~ x + x2 + person, data = rows, etype = "1")
  fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x + x2, weights = fgwt, data = long, cluster = person)
  list(coef = as.numeric(fit$coef), std_error = sqrt(diag(fit$var)))
}

all_of <- function(case) {
  rows <- as.data.frame(case[c("time", "event", "g", "s", "x", "x2", "cause")])
  d <- list(rows = rows, late = !is.null(case$entry), ties = case$ties, conf = case$conf,
            robust = case$robust, start = case$start, cluster = case$cluster,
            w = if (is.null(case$weights)) rep(1, nrow(rows)) else case$weights)
  if (d$late) d$rows$entry <- case$entry
  d$S <- if (d$late) Surv(case$entry, rows$time, rows$event) else Surv(rows$time, rows$event)
  # A vector of ones asks R for nothing, but a weight that is not whole for robust errors.
  if (is.null(d$robust)) d$robust <- !is.null(d$cluster) || any(d$w != round(d$w))
  # R asks for people by name when robust errors meet late entry.
  if (d$robust && is.null(d$cluster)) d$cluster <- seq_len(nrow(rows))
  out <- list(curve = attempt(curve(d, case$tau)), incidence = attempt(incidence(d)))
  d$cluster <- case$cluster
  out$cox <- attempt(cox(d, FALSE))
  out$cox_strata <- attempt(cox(d, TRUE))
  if (!d$late) {
    test <- attempt(survdiff(Surv(time, event) ~ g, rows, rho = case$rho))
    out$log_rank <- list(statistic = test$chisq, observed = test$obs, expected = test$exp)
    out$log_rank_strata <- attempt(survdiff(Surv(time, event) ~ g + strata(s), rows, rho = case$rho)$chisq)
    out$gray <- attempt(cuminc(rows$time, rows$cause, rows$g, rows$s, rho = case$rho)$Tests[, 1])
    out$crr <- attempt({
      fit <- crr(rows$time, rows$cause, cbind(rows$x, rows$x2), maxiter = 50, gtol = 1e-12)
      list(coef = as.numeric(fit$coef), std_error = sqrt(diag(fit$var)))
    })
    out$fine_gray <- attempt(fine_gray(d))
    people <<- rows # pseudo() evaluates the call again, elsewhere
    plain <- survfit(Surv(time, event) ~ 1, people)
    out$pseudo <- attempt(as.numeric(pseudo(plain, times = case$tau)))
    out$pseudo_mean <- attempt(as.numeric(pseudo(plain, times = case$tau, type = "RMST")))
  }
  out
}

cases <- fromJSON(files[1], simplifyDataFrame = FALSE)
write_json(lapply(cases, all_of), files[2], digits = I(17), null = "null", na = "string", auto_unbox = FALSE)
