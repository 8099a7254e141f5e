// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Trace

@Suite struct TraceLabelsTests {
    @Test func `labels are read by the decision's id, the last one counts`() throws {
        let folder = try TemporaryFolder()
        let id = "00000000000000070000000000000001"
        let path = folder.write(
            #"{"id":"\#(id)","label":"a","by":["me"]}"# + "\n\n" + #"{"label":"b","id":"\#(id)"}"#
        )
        #expect(try TraceLabels.read(path: path) == [DecisionID(high: 7, low: 1): "b"])
    }

    @Test(arguments: [#"{"id":"x","label":"a"}"#, #"{"label":"a"}"#, "[]", "{"])
    func `a bad line is named`(line: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.write("\n" + line + "\n")
        let diagnostic = #expect(throws: Diagnostic.self) { try TraceLabels.read(path: path) }
        #expect(diagnostic?.line == 2)
    }

    @Test func `a file that is not there is named`() {
        #expect(throws: Diagnostic.self) { try TraceLabels.read(path: "/nowhere") }
    }
}
