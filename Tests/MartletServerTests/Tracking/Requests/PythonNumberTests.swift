import Testing

@testable import MartletServer

struct PythonNumberTests {
    @Test(arguments: [
        ("1", 1.0), (" 1.5\n", 1.5), ("1_000.5", 1000.5), (".5", 0.5), ("5.", 5), ("-.5e-1", -0.05), ("+1E3", 1000), ("1.e2", 100),
        ("-inf", -.infinity), ("Infinity", .infinity), ("1e999", .infinity),
    ])
    func `a text is read as Python's float reads it`(text: String, number: Double) {
        #expect(PythonNumber.read(text) == number)
    }

    @Test func `nan is read in any case`() { #expect(PythonNumber.read("+NaN")?.isNaN == true) }

    @Test(arguments: ["", " ", ".", "e5", "1e", "0x10", "1__0", "_1", "1_", "1._5", "1 2", "--1", "infinit", "1e5.5", "١"])
    func `what Python refuses is no number`(text: String) {
        #expect(PythonNumber.read(text) == nil)
    }
}
