// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Testing
import Vocabulary

@Suite struct `The reference of a kind of file` {
    private static func document(_ keys: [SchemaKey]) -> SchemaDocument {
        SchemaDocument(title: "Thing", about: "What it is.", form: .object(keys))
    }

    @Test func `has a table for each mapping, with every key`() {
        let kinds = [SchemaForm.tag("a", of: ["a", "b"]), .tag("b", of: ["a", "b"])].map { tag in
            SchemaForm.object([SchemaKey("kind", tag, "Which.", isRequired: true)])
        }
        let shown = Self.document([
            SchemaKey("name", .text(pattern: "^a|b$"), "Its name.", isRequired: true),
            SchemaKey("wait", .within("1ms", "1m", .duration), "How long.", default: "2s"),
            SchemaKey("room", .within("1KiB", nil, .size), "How much."),
            SchemaKey("count", .integer(1...9), "How many."),
            SchemaKey("share", .either([.number(0.5...1), .words(["all"])]), "Of it."),
            SchemaKey("parts", .named(.list(.either(kinds))), "Of what."),
        ]).markdown()
        let head = "| key | wants | without it | what it is |\n|---|---|---|---|"
        let wanted = """
            ## Thing

            What it is.

            ### The file

            \(head)
            | `name` | text like `^a\\|b$` | refused | Its name. |
            | `wait` | duration, 1ms to 1m | `2s` | How long. |
            | `room` | size, at least 1KiB |  | How much. |
            | `count` | whole number, 1 to 9 |  | How many. |
            | `share` | number, 0.5 to 1; or `all` |  | Of it. |
            | `parts` | mapping of names: list: mapping |  | Of what. |

            ### `parts.*[]` with `kind: a`

            \(head)
            | `kind` | `a` | refused | Which. |

            ### `parts.*[]` with `kind: b`

            \(head)
            | `kind` | `b` | refused | Which. |

            """
        #expect(shown == wanted)
    }

    @Test(arguments: [
        ("1s", "1m", true), ("1s", nil, true), ("2s", "1m", false), ("1s", "2m", false),
    ])
    func `bounds in a schema are those of the reader`(
        least: String,
        most: String?,
        agrees: Bool
    ) throws {
        let (file, _) = SettingsFile.parse(Array("wait: 3s".utf8), shownAs: "test.yaml")
        let root = try #require(file).root
        _ = root.optional("wait", .duration(in: .seconds(1)...Interval.seconds(60)))
        let form = SchemaForm.object([
            SchemaKey("wait", .within(least, most, .duration), "How long.")
        ])
        #expect(root.disagreements(with: form).isEmpty == agrees)
    }
}
