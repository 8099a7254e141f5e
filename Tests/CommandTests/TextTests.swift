// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import sluice

@Suite struct `The status in words` {
    @Test func `shows all there is`() throws {
        let status = try GatewayStatus.decoded(Array(full.utf8))
        try expectSnapshot("text-status", StatusText(status).text)
    }

    @Test func `shows a gateway that has just begun`() throws {
        let status = try GatewayStatus.decoded(Array(bare.utf8))
        try expectSnapshot("text-status-bare", StatusText(status).text)
    }

    @Test func `comes back from its own JSON`() throws {
        let status = try GatewayStatus.decoded(Array(full.utf8))
        let again = try GatewayStatus.decoded(status.json())
        #expect(StatusText(again).text == StatusText(status).text)
        #expect(again.lanes.map(\.subscriptions) == [["plant/+/press": "qos 1"], [:]])
        #expect(again.latenciesMs == ["sluice_decide_latency_seconds": ["p50": 0.5]])
    }

    private let full = #"""
        {"site":"plant-4","presence":"online",
        "state":{"state":"offline","since":"2026-11-21T03:00:00Z","seconds":125.5,
         "causes":["no endpoint answers: `central`"],"costs":["17 rows wait"],
         "remedy":"nothing is lost","also":["slow_uplink"]},"warnings":["actions cannot be published now"],
        "uptime_seconds":93784.5,"after_unclean_exit":true,"uplink":"slow","publishing":false,
        "lanes":[
         {"name":"presses","connected":true,"connections":2,
          "subscriptions":{"plant/+/press":"qos 1"},
          "messages":[3,1200,0],"promise":"at QoS 0 the broker promises nothing",
          "duplicates":4,"refused":1,"session_gaps":0,"broker_drops":5,"seconds_paused":0},
         {"name":"cameras","connected":false,"connections":0,"subscriptions":{},
          "messages":[0,0,0],"promise":"what the broker acknowledged is not lost (G1)",
          "duplicates":0,"refused":0,"session_gaps":0,"seconds_paused":1.5,
          "paused":"storage_full: no room","last_error":"refused"}],
        "cloud":{"central":{"uplink":"slow","breaker":"half_open","models":{
          "press":{"uplink":"slow","breaker":"half_open","p50_ms":12.34,"p95_ms":98.76,
           "samples":40,"in_flight":2}}}},
        "spool":{"waiting":17,"bytes":1048576,"fill":0.1234,"oldest_seconds":3725,
         "trouble":"spool: the disk is full"},
        "policies":[{"name":"press","version":"0123456789ab","model":"pulse/1","deferred":true,
          "bound":{"state":"broken","threshold":0.83,"bound":0.02,"certainty":0.95,
           "estimate":0.071,"lower":0.0312,"upper":0.144,"samples":112,"disagreements":8,
           "cloud":"press-large/7","audit":0.01,"response":"escalate",
           "broken_since":"2026-11-21T04:00:00Z","unverified_since":"2026-11-21T05:00:00Z",
           "unverified_reason":"the cloud is away"}},
         {"name":"doors","version":"ba9876543210","deferred":false,
          "bound":{"state":"unverified","certainty":0.95,"estimate":0,"lower":0,"upper":1,
           "samples":0,"disagreements":0,"audit":0,"response":"alarm",
           "inapplicable":"no threshold for model 0123 and cloud large/2: tune one"}}],
        "policy_set":"feedfeedfeed","suspect_clocks":3,
        "refused_reload":{"since":"2026-11-21T06:00:00Z","reasons":
         ["Policies/press/tests.yaml:3:5: error: the case `sure` of press failed: rule"]},
        "counters":{"b_total":2,"a_total":1,"c_total":0},
        "latencies_ms":{"sluice_decide_latency_seconds":{"p50":0.5}}}
        """#

    private let bare = #"""
        {"site":"s","presence":"online","warnings":[],"uptime_seconds":59.9,
        "state":{"state":"healthy","since":"2026-11-21T03:00:00Z","seconds":59.9,"causes":[],
         "costs":[],"also":[]},
        "after_unclean_exit":false,"uplink":"none","publishing":true,"lanes":[],"cloud":{},
        "spool":{"waiting":0,"bytes":0,"fill":0,"oldest_seconds":0},
        "policies":[],"policy_set":"0","counters":{},"latencies_ms":{}}
        """#
}

@Suite struct `JSON in words` {
    @Test func `makes a table of an object, a line a member`() throws {
        let json = #"""
            {"waiting":3,"fill":0.25,"none":null,"ok":true,"no":false,"name":"x",
            "rows":[{"kind":"action","rows":2},{"kind":"deferral","rows":1}],"dropped":{}}
            """#
        let table = try JSONText.table(Array(json.utf8))
        #expect(
            table.split(separator: "\n") == [
                "dropped  none",
                "fill     0.3",
                "name     x",
                "no       no",
                "none     none",
                "ok       yes",
                "rows     kind action, rows 2; kind deferral, rows 1",
                "waiting  3",
            ]
        )
    }

    @Test func `makes a line of a row, members in order`() throws {
        let rows = try JSONText.array(Array(#"[{"id":7,"key":"a/b","age":1.5},{}]"#.utf8))
        #expect(rows.map { JSONText.line($0) } == [#"{"age":1.5,"id":7,"key":"a/b"}"#, "{}"])
        #expect(rows.map { JSONText.words($0) } == ["age 1.5, id 7, key a/b", ""])
    }

    @Test func `keeps whole numbers whole, however large`() throws {
        let rows = try JSONText.array(Array("[9007199254740993,-1,1e3]".utf8))
        #expect(rows.map { JSONText.line($0) } == ["9007199254740993", "-1", "1000"])
    }

    @Test func `finds a number, or 0`() throws {
        let json = Array(#"{"a":3,"b":2.5,"c":"x"}"#.utf8)
        #expect(try JSONText.number("a", in: json) == 3)
        #expect(try JSONText.number("b", in: json) == 2.5)
        #expect(try JSONText.number("c", in: json) == 0)
        #expect(try JSONText.number("d", in: json) == 0)
    }

    @Test(arguments: ["", "{", "7", "[1"])
    func `refuses what is no answer`(text: String) {
        #expect(throws: (any Error).self) { try JSONText.table(Array(text.utf8)) }
        #expect(throws: (any Error).self) { try JSONText.array(Array(text.utf8)) }
    }
}
