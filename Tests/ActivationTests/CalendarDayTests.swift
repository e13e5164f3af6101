// Days of birth: which forms are read, and that a day that is not one, or could be two, is none.

import Bytes
import Testing

@testable import Activation

struct CalendarDayTests {
  @Test(arguments: [
    "1990-05-07", " 1990-5-7 ", "1990/05/07", "1990.5.7", "1990. 5. 7.", "19900507", "1990–05–07",
    "1990-05-07T00:00:00Z", "1990-05-07 23:59:59.999+02:00", "1990-05-07Z", "1990-05-07+02:00",
    "19900507T120000Z", "7.5.1990", "07.05.1990", "7. 5. 1990", "7 May 1990", "7 may, 1990",
    "May 7, 1990", "May 7th 1990", "7th of May 1990", "07-MAY-1990", "1990 May 7", "1990-May-07",
    "Mon, 07 May 1990 00:00:00 GMT", "Mon May 07 1990 02:00:00 GMT+0200 (CEST)",
    "Monday, May 7, 1990", "642038400000", "642038400",
  ]) func usualFormsAreRead(text: String) {
    #expect(CalendarDay.reading(text) == CalendarDay(year: 1990, month: 5, day: 7))
  }

  @Test func aFormThatCouldBeTwoDaysIsReadIfOnlyOneIs() {
    #expect(CalendarDay.reading("25/12/1990") == CalendarDay(year: 1990, month: 12, day: 25))
    #expect(CalendarDay.reading("12-25-1990") == CalendarDay(year: 1990, month: 12, day: 25))
    #expect(CalendarDay.reading("5/5/1990") == CalendarDay(year: 1990, month: 5, day: 5))
    #expect(CalendarDay.reading("07/05/1990") == nil)
    #expect(CalendarDay.reading("12.25.1990") == nil, "with dots the day is first")
  }

  @Test func aDayMayHaveNoYear() throws {
    let day = try #require(CalendarDay.reading("--05-07"))
    #expect(day.year == nil && day.month == 5 && day.day == 7)
    #expect(CalendarDay.reading("--0229") == CalendarDay(year: nil, month: 2, day: 29))
    #expect(CalendarDay.reading("--02-30") == nil)
  }

  @Test(arguments: [
    "", "1990", "1990-05", "1990-13-01", "1990-00-01", "1990-01-00", "90-01-01", "1990-02-31",
    "1900-02-29", "31/02/1990", "31.04.1990", "0001-01-01", "0001-01-01T00:00:00", "0000-00-00",
    "soon", "1990-05-07 is it", "1990-05-07x", "1990-05/07", "1990-05-071", "1990-5-07-1990",
    "May 1990",
    "7 Mai 1990", "7 May 90", "7 May 1990 or so", "--05", "12345", "-19900507", "1990050", "May",
    "٧.٥.١٩٩٠", String(repeating: "1", count: 70),
  ]) func otherTextsAreNotDays(text: String) {
    #expect(CalendarDay.reading(text) == nil)
  }

  @Test func februaryIsAsLongAsItsYearSays() {
    for (year, isLeap) in [(1900, false), (2000, true), (2023, false), (2024, true)] {
      #expect((CalendarDay(year: year, month: 2, day: 29) != nil) == isLeap)
    }
  }

  @Test func instantsLieOnDays() {
    #expect(CalendarDay(Timestamp(milliseconds: -1)) == CalendarDay(year: 1969, month: 12, day: 31))
    #expect(CalendarDay(Timestamp(milliseconds: 0)) == CalendarDay(year: 1970, month: 1, day: 1))
    #expect(CalendarDay.reading("-2208988800") == CalendarDay(year: 1900, month: 1, day: 1))
    #expect(CalendarDay.reading("99999999999999") == CalendarDay(year: 5138, month: 11, day: 16))
  }
}
