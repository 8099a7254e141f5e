// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What each metric counts, for the text that machines read and people look at.
enum MetricHelp {
    /// The line for the metric called `name`; made of the name where nobody wrote one.
    static func text(of name: String) -> String {
        if let text = texts[name] { return text }
        let words = name.split(separator: "_").dropFirst(name.hasPrefix("sluice_") ? 1 : 0)
        return words.filter { $0 != "total" }.joined(separator: " ").capitalizedFirst + "."
    }

    private static let texts: [String: String] = [
        "process_cpu_seconds_total": "Processor time of the process.",
        "process_resident_memory_bytes": "Memory of the process that is in RAM.",
        "sluice_act_effects_delivered_total": "Actions that arrived.",
        "sluice_act_effects_undelivered_total": "Actions that did not arrive and are tried again.",
        "sluice_act_effects_rejected_total": "Actions that the other side refused for good.",
        "sluice_act_effects_repeated_total": "Actions that had been done before and were left out.",
        "sluice_admin_stream_listeners": "Streams of live decisions that are open.",
        "sluice_decide_condition_failures_total":
            "Conditions that could not be evaluated and did not hold.",
        "sluice_decide_decisions_total": "Decisions by route.",
        "sluice_decide_drops_total": "Readings given up before they were rows, by reason.",
        "sluice_decide_latency_seconds":
            "From a message's arrival to the first word on its readings.",
        "sluice_decide_words_total": "Words on decisions by standing.",
        "sluice_escalate_calls_total": "Calls to an endpoint, hedges and retries included.",
        "sluice_escalate_failed_calls_total": "Calls to an endpoint that failed.",
        "sluice_gateway_state": "1 for the state the gateway is in.",
        "sluice_gateway_uptime_seconds": "Time since the gateway was started.",
        "sluice_infer_run_seconds": "How long runs of a model took.",
        "sluice_infer_wait_seconds":
            "How long the reading of each run that waited longest had waited.",
        "sluice_ingest_connected": "1 while the broker has accepted the input.",
        "sluice_ingest_connections_total": "How often the input has connected.",
        "sluice_ingest_duplicates_total": "Messages that the broker marked as sent before.",
        "sluice_ingest_messages_total": "Messages by input and quality of service.",
        "sluice_ingest_refused_messages_total": "Messages refused for their size.",
        "sluice_ingest_session_gaps_total": "Times the broker had lost the session.",
        "sluice_ingest_unsettled_messages": "Messages taken and not yet acknowledged.",
        "sluice_spool_dead_letters_total": "Messages set aside for a person, by code.",
        "sluice_spool_dead_letters_dropped_total":
            "Dead letters that left to make room for others, since the file was made.",
        "sluice_spool_dropped_rows_total":
            "Rows given up, by reason, kind and priority, since the file was made.",
        "sluice_spool_fill_ratio": "Bytes in use as a part of the cap.",
        "sluice_spool_head_room_seconds":
            "How long the room lasts at the present rate; a year while nothing fills up.",
        "sluice_spool_log_pages_cut": "Pages at the end of the log that did not fit at the start.",
        "sluice_decide_log_lines_torn_total":
            "Lines of the decision log that an earlier run had not written to their ends.",
        "sluice_spool_limit_bytes": "How large the spool may grow.",
        "sluice_spool_oldest_seconds": "Age of the oldest row that waits.",
        "sluice_spool_parked_rows": "Rows that wait for another configuration.",
        "sluice_spool_bytes": "Bytes in use.",
        "sluice_spool_rows": "Rows that wait.",
        "sluice_sync_rows_delivered_total": "Rows of actions that left the backlog.",
        "sluice_sync_rows_concluded_total": "Rows of questions that the backlog had answered.",
    ]
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
