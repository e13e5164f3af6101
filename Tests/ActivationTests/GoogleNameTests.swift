// Prefixes and suffixes of names, with the examples of Google's own formatter and those that it leaves.

import Testing

@testable import Activation

struct GoogleNameTests {
  @Test(arguments: [
    (" Alex   ", "alex"), (" Mr. Alex   ", "alex"), (" Mrs. Alex   ", "alex"),
    (" Alex Dr.", "alex"),
    (" Mralex   ", "mralex"), ("Dr. Mr.  Alex", "alex"), ("Mrs.Alex", "mrs.alex"),
    ("Anne  Marie", "anne  marie"), ("Anne Dr. Marie", "anne marie"), ("mrs alex", "alex"),
    ("Anne Mrs", "anne mrs"), ("Dr", "dr"), ("Miss Piggy", "miss piggy"),
    ("Prof. Ada", "prof. ada"),
  ]) func given(text: String, expected: String) {
    #expect(GoogleName.given(text) == expected)
  }

  @Test(arguments: [
    (" Quinn   ", "quinn"), ("Quinn-Alex", "quinn-alex"), (" Quinn, Jr.   ", "quinn"),
    (" Quinn,Jr.   ", "quinn"), (" Quinn Sr.  ", "quinn"), ("quinn, jr. dds", "quinn"),
    ("quinn, jr., dds", "quinn"), ("Boardds", "boardds"), ("lacparm", "lacparm"),
    ("Smith PhD", "smith"),
    ("Smith, Ph.D.", "smith"), ("Smith 2nd", "smith"), ("Ivanov V", "ivanov"),
    ("Smith , III", "smith"),
    ("V", "v"), ("Jr.", "jr."), ("van  der Berg", "van  der berg"), ("Smith Esq.", "smith esq."),
  ]) func family(text: String, expected: String) {
    #expect(GoogleName.family(text) == expected)
  }

  @Test func nothingButPrefixesOrSuffixesIsNoName() {
    for text in ["", " ", "Mr.", " Mr. Dr. "] { #expect(GoogleName.given(text) == nil, "\(text)") }
    for text in ["", " ", ", Jr.", ",Jr.,DDS "] {
      #expect(GoogleName.family(text) == nil, "\(text)")
    }
  }
}
