// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing
import Vocabulary

@testable import Gateway

@Suite struct HomeAssistantTests {
    private let setting = HomeAssistant(
        prefix: "homeassistant",
        site: "plant-4",
        statusTopic: "sluice/plant-4/status",
        version: "0.1.0"
    )

    private struct Configuration: Decodable {
        struct Device: Decodable {
            var identifiers: [String]
            var name: String
        }
        var uniqueId: String
        var stateTopic: String
        var availabilityTopic: String
        var device: Device
        var options: [String]?
    }

    @Test func `the gateway and its policies appear, and nothing else`() throws {
        let all = setting.configurations(policies: ["bearing-wear", "a.b"])
        #expect(
            all.keys.sorted() == [
                "homeassistant/binary_sensor/sluice_plant-4/problem/config",
                "homeassistant/sensor/sluice_plant-4/policy_\(HomeAssistant.identifier("a.b"))/config",
                "homeassistant/sensor/sluice_plant-4/policy_bearing-wear/config",
                "homeassistant/sensor/sluice_plant-4/state/config",
                "homeassistant/sensor/sluice_plant-4/uplink/config",
            ]
        )
        var ids: Set<String> = []
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        for body in all.values {
            let read = try decoder.decode(Configuration.self, from: Data(body))
            ids.insert(read.uniqueId)
            #expect(read.stateTopic.hasPrefix("sluice/plant-4/status"))
            #expect(read.availabilityTopic == "sluice/plant-4/status")
            #expect(read.device.identifiers == ["sluice_plant-4"])
            #expect(read.device.name == "Sluice plant-4")
        }
        #expect(ids.count == all.count)
    }

    @Test func `names become identifiers and stay apart`() {
        #expect(HomeAssistant.identifier("bearing-wear_2") == "bearing-wear_2")
        #expect(HomeAssistant.identifier("a.b") != HomeAssistant.identifier("a/b"))
        #expect(HomeAssistant.identifier("a.b").hasPrefix("a_b_"))
        let plain = HomeAssistant.identifier("ü").unicodeScalars.allSatisfy { $0.isASCII }
        #expect(plain)
    }
}
