/** A row with an aisle after its second chair. */
export const PLAN = `section,row,number,price
Stalls,A,1,1000
Stalls,A,2,1000
Stalls,A,5,1000
Stalls,A,6A,1000
`;
/** The same with a price that is none, and a chair that is there twice. */
export const FAULTY_PLAN = PLAN.replace('2,1000', '2,free').replace('6A', '5');
