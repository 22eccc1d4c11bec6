import MartletCore
import Testing

struct SpecificationFileTests {
    /// What a reader of a small project reports about a text, one line a fault.
    private func faults(_ text: String) throws -> [String] {
        do {
            let file = try SpecificationFile(name: "martlet.yaml", text: text)
            let object = file.root.object(required: ["project"], optional: ["seed", "models"])
            _ = object?["project"]?.string
            _ = object?["seed"]?.int
            for (_, model) in object?["models"]?.members ?? [] {
                let model = model.object(required: ["target"], optional: ["link", "test", "use"])
                _ = model?["target"]?.string
                _ = model?["link"]?.choice(["identity", "log"])
                _ = model?["test"]?.fraction
                _ = model?["use"]?.strings
            }
            try file.finish()
            return []
        } catch let error as SpecificationError {
            return error.description.split(separator: "\n").map(String.init)
        }
    }

    @Test func `a whole document has no faults`() throws {
        let text = "project: pricing\nseed: 7\nmodels:\n  demand: {target: units, link: log, test: 5%, use: [a, b]}\n"
        #expect(try faults(text) == [])
    }

    @Test func `an unknown key is reported at its place with the nearest one`() throws {
        #expect(
            try faults("project: pricing\n\nmodles: {}\n") == [
                "martlet.yaml:3:1: modles: expected one of project, seed, models, found the key 'modles'; "
                    + "did you mean 'models'?"
            ]
        )
    }

    @Test func `an unknown key that is near to none is to be removed`() throws {
        #expect(
            try faults("project: pricing\nmodels:\n  demand:\n    target: units\n    warehouse: x\n") == [
                "martlet.yaml:5:5: models.demand.warehouse: expected one of target, link, test, use, "
                    + "found the key 'warehouse'; remove it"
            ]
        )
    }

    @Test func `a missing key is reported where its mapping begins`() throws {
        #expect(
            try faults("project: pricing\nmodels:\n  demand:\n    link: log\n") == [
                "martlet.yaml:4:5: models.demand: the key 'target' is missing; add it"
            ]
        )
    }

    @Test func `a wrong type is reported at the value`() throws {
        #expect(
            try faults("project: [a]\nseed: soon\nmodels: 3\n") == [
                "martlet.yaml:1:10: project: expected a text, found a list",
                "martlet.yaml:2:7: seed: expected a whole number, found 'soon'",
                "martlet.yaml:3:9: models: expected a mapping of names, found '3'",
            ]
        )
    }

    @Test func `all faults come at once, in the order of their place`() throws {
        let text = """
            models:
              demand:
                test: a lot
                link: lgo
                targte: units
            sede: 7
            """
        #expect(
            try faults(text) == [
                "martlet.yaml:1:1: the key 'project' is missing; add it",
                "martlet.yaml:3:5: models.demand: the key 'target' is missing; add it",
                "martlet.yaml:3:11: models.demand.test: expected a share such as 5%, found 'a lot'",
                "martlet.yaml:4:11: models.demand.link: expected one of identity, log, found 'lgo'; did you mean 'log'?",
                "martlet.yaml:5:5: models.demand.targte: expected one of target, link, test, use, "
                    + "found the key 'targte'; did you mean 'target'?",
                "martlet.yaml:6:1: sede: expected one of project, seed, models, found the key 'sede'; "
                    + "did you mean 'seed'?",
            ]
        )
    }

    @Test func `a key that stands twice is reported at its mapping`() throws {
        #expect(
            try faults("project: a\nmodels:\n  demand: {target: x}\n  demand: {target: y}\n") == [
                "martlet.yaml:3:3: expected YAML, found: the key 'demand' twice in one mapping; remove one"
            ]
        )
    }

    @Test(arguments: [
        ("project: [a\n", 2, 1), ("project: \"a\n", 2, 1), ("a: b: c\n", 1, 5), ("project: *nobody\n", 1, 10),
        ("project: a\n\tseed: 7\n", 2, 1), ("- a\nb: c\n", 2, 1), ("a: 1\n---\nb: 2\n", 2, 1), ("a: &x [*x]\n", 1, 8),
        ("%\n", 1, 2), ("a: @b\n", 1, 4),
    ])
    func `what is not YAML is reported at its place`(_ text: String, _ line: Int, _ column: Int) throws {
        let found = try faults(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("martlet.yaml:\(line):\(column): expected YAML, found: ") == true, "\(found)")
    }

    @Test(arguments: [
        ("", "1:1: the key 'project' is missing; add it"), ("# nothing\n", "1:1: the key 'project' is missing; add it"),
        ("---\n", "2:1: expected a mapping with project, found nothing"),
        ("~", "1:1: expected a mapping with project, found '~'"),
    ])
    func `an empty document lacks what is required`(_ text: String, _ fault: String) throws {
        #expect(try faults(text) == ["martlet.yaml:\(fault)"])
    }

    @Test func `an anchor's value counts wherever it is used`() throws {
        let text = "project: &name pricing\nmodels:\n  demand: &model {target: *name}\n  second: *model\n"
        #expect(try faults(text) == [])
    }

    @Test func `a key that is no text is reported, not left out`() throws {
        let found = try faults("project: a\nmodels:\n  ? [a, b]\n  : {target: x}\n")
        #expect(found == ["martlet.yaml:3:5: models: expected a name as key, found a list"])
    }

    @Test func `deep nesting is refused or read, but never breaks the reader`() throws {
        let found = try faults("project: a\nmodels: {a: {target: x, use: " + String(repeating: "[", count: 20_000))
        #expect(found.count == 1)
    }
}

struct SpecificationNodeTests {
    private func node(_ text: String) throws -> (SpecificationFile, SpecificationNode) {
        let file = try SpecificationFile(name: "f.yaml", text: text)
        return (file, file.root)
    }

    @Test(arguments: [("5%", 0.05), ("0.05", 0.05), ("100%", 1), ("12.5%", 0.125), ("-3%", -0.03)])
    func `a share is read as percent or as a number`(_ text: String, _ share: Double) throws {
        let (file, node) = try node(text)
        #expect(node.fraction == share)
        try file.finish()
    }

    @Test(arguments: ["5 %", "'%'", "nan", "inf%", "five", "[5%]", "5%%"])
    func `other shares are refused`(_ text: String) throws {
        let (file, node) = try node(text)
        #expect(node.fraction == nil)
        #expect(throws: SpecificationError.self) { try file.finish() }
    }

    @Test(arguments: [("yes", true), ("on", true), ("True", true), ("false", false), ("OFF", false)])
    func `truth has several words`(_ text: String, _ value: Bool) throws {
        let (file, node) = try node(text)
        #expect(node.bool == value)
        try file.finish()
    }

    @Test(arguments: ["1", "y", "", "[true]"])
    func `other words are no truth`(_ text: String) throws {
        let (file, node) = try node(text)
        #expect(node.bool == nil)
        #expect(throws: SpecificationError.self) { try file.finish() }
    }

    @Test(arguments: ["1.0", "1e3", "", "9223372036854775808", "0x10", "[1]"])
    func `what is no whole number is refused`(_ text: String) throws {
        let (file, node) = try node(text)
        #expect(node.int == nil)
        #expect(throws: SpecificationError.self) { try file.finish() }
    }

    @Test(arguments: [".inf", "nan", "1,5", "", "{}"])
    func `what is no finite number is refused`(_ text: String) throws {
        let (file, node) = try node(text)
        #expect(node.double == nil)
        #expect(throws: SpecificationError.self) { try file.finish() }
    }

    @Test func `a single value is a list of one`() throws {
        let (file, node) = try node("store")
        #expect(node.strings == ["store"])
        try file.finish()
    }

    @Test func `one wrong item of a list is reported with its position`() throws {
        let (file, node) = try node("[a, [b], c]")
        #expect(node.strings == nil)
        let error = try #require(throws: SpecificationError.self) { try file.finish() }
        #expect(error.description == "f.yaml:1:5: 1: expected a text, found a list")
    }

    @Test func `any node as JSON follows YAML's core schema, quotes kept apart`() throws {
        let (_, node) = try node("{a: 1, b: '1', c: 1.5, d: true, e: ~, f: [x, null], g: 2024-01-01, h: \"true\"}")
        #expect(
            node.json == [
                "a": 1, "b": "1", "c": 1.5, "d": true, "e": nil, "f": ["x", nil], "g": "2024-01-01", "h": "true",
            ]
        )
    }
}

struct NearestTests {
    @Test(arguments: [
        ("modles", "models"), ("Price", "price"), ("pirce", "price"), ("prices", "price"), ("tpye", "type"),
    ])
    func `a slip of the keyboard finds its word`(_ word: String, _ expected: String) {
        #expect(nearest(to: word, among: ["models", "price", "type", "warehouse"]) == expected)
    }

    @Test(arguments: ["quantity", "", "pxxce"])
    func `what is near to nothing finds nothing`(_ word: String) {
        #expect(nearest(to: word, among: ["models", "price", "type", "warehouse"]) == nil)
    }

    @Test func `of two equally near words the first in the alphabet is taken`() {
        #expect(nearest(to: "cat", among: ["hat", "bat"]) == "bat")
        #expect(nearest(to: "cat", among: [String]()) == nil)
    }
}
