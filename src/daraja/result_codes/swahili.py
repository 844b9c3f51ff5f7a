"""The sentences for customers in Swahili. UNREVIEWED: no speaker of Swahili has read them yet."""

import re
from collections.abc import Mapping
from typing import Final

REVIEWED: Final = False
"""Set it to True once a speaker of Swahili has read every sentence below."""

_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.!]) ")
_PLACE: Final = re.compile(r"\\{(\w+)\\}")
"""A place of a sentence that a number or a phone fills, as ``re.escape`` writes it."""

# Each English sentence stands above its translation.
_PAIRS: Final = """
Your payment went through, thank you.
    Malipo yako yamefanikiwa, asante.
There is nothing more to do.
    Huhitaji kufanya kitu kingine.
There is not enough money in your M-Pesa account.
    Pesa katika akaunti yako ya M-Pesa hazitoshi.
Please top up, then try again.
    Tafadhali ongeza pesa, kisha ujaribu tena.
This amount is smaller than M-Pesa allows.
    Kiasi hiki ni kidogo kuliko kinachoruhusiwa na M-Pesa.
Please contact us about another way to pay.
    Tafadhali wasiliana nasi kuhusu njia nyingine ya kulipa.
This amount is larger than M-Pesa allows.
    Kiasi hiki ni kikubwa kuliko kinachoruhusiwa na M-Pesa.
You have reached your M-Pesa limit for today.
    Umefikia kikomo chako cha M-Pesa cha leo.
This payment would go over a limit that M-Pesa sets.
    Malipo haya yangezidi kikomo kilichowekwa na M-Pesa.
Your M-Pesa account cannot make this payment at the moment.
    Akaunti yako ya M-Pesa haiwezi kufanya malipo haya kwa sasa.
Please contact Safaricom customer care before you try again.
    Tafadhali wasiliana na huduma kwa wateja ya Safaricom kabla ya kujaribu tena.
M-Pesa says that this payment was already requested.
    M-Pesa inasema kwamba malipo haya tayari yaliombwa.
Please check your M-Pesa messages before you pay again.
    Tafadhali angalia jumbe zako za M-Pesa kabla ya kulipa tena.
M-Pesa refused this: the same amount was asked of you shortly before.
    M-Pesa imekataa malipo haya: kiasi hicho hicho kiliombwa muda mfupi uliopita.
Please check your M-Pesa messages, wait some minutes, then try again if it was not paid.
    Tafadhali angalia jumbe zako za M-Pesa, subiri kidogo, kisha ujaribu tena ikiwa hukulipa.
We could not take your payment because of a problem on our side.
    Hatukuweza kupokea malipo yako kwa sababu ya hitilafu upande wetu.
Please contact us before you try again.
    Tafadhali wasiliana nasi kabla ya kujaribu tena.
M-Pesa is very busy at the moment.
    M-Pesa ina shughuli nyingi kwa sasa.
Another M-Pesa request is open on your phone.
    Kuna ombi lingine la M-Pesa lililo wazi kwenye simu yako.
Please answer or close it and wait a minute; if you have not paid, try again.
    Tafadhali lijibu au ulifunge, kisha usubiri dakika moja; ikiwa hujalipa, jaribu tena.
The payment request expired before it was answered.
    Muda wa ombi la malipo uliisha kabla ya kujibiwa.
Please try again, and enter your PIN soon after the request appears.
    Tafadhali jaribu tena, na uweke PIN yako mara ombi linapotokea.
M-Pesa had trouble sending the payment request to your phone.
    M-Pesa ilipata shida kutuma ombi la malipo kwenye simu yako.
The payment request was cancelled or closed on your phone.
    Ombi la malipo lilighairiwa au kufungwa kwenye simu yako.
If you still want to pay, please try again.
    Ikiwa bado ungependa kulipa, tafadhali jaribu tena.
We could not reach your phone.
    Hatukuweza kuifikia simu yako.
Please check that it is on and has network, then try again.
    Tafadhali hakikisha imewashwa na ina mtandao, kisha ujaribu tena.
Your phone could not be reached, or the request was not answered.
    Simu yako haikupatikana, au ombi halikujibiwa.
Please unlock your phone, check that it has network, then try again.
    Tafadhali fungua simu yako, hakikisha ina mtandao, kisha ujaribu tena.
You already have a standing order with this name.
    Tayari una mpango wa malipo ya mara kwa mara wenye jina hili.
The M-Pesa PIN was not correct.
    PIN ya M-Pesa haikuwa sahihi.
Please try again with the right PIN.
    Tafadhali jaribu tena kwa PIN sahihi.
M-Pesa could not confirm that it was you.
    M-Pesa haikuweza kuthibitisha kuwa ni wewe.
M-Pesa closed the payment request too soon.
    M-Pesa ilifunga ombi la malipo mapema mno.
This payment is not possible with the M-Pesa account that was used.
    Malipo haya hayawezekani kwa akaunti ya M-Pesa iliyotumika.
M-Pesa did not recognise the phone number.
    M-Pesa haikutambua nambari ya simu.
Please check the number with us before you try again.
    Tafadhali hakikisha nambari hiyo pamoja nasi kabla ya kujaribu tena.
Your payment is still being processed.
    Malipo yako bado yanashughulikiwa.
To pay, answer the M-Pesa request on your phone; please do not start another payment.
    Ili kulipa, jibu ombi la M-Pesa kwenye simu yako; tafadhali usianzishe malipo mengine.
Your M-Pesa PIN is locked.
    PIN yako ya M-Pesa imefungwa.
M-Pesa may not have accepted your PIN.
    Huenda M-Pesa haikukubali PIN yako.
Your money has been sent.
    Pesa zako zimetumwa.
Please look for it in your M-Pesa messages.
    Tafadhali angalia kwenye jumbe zako za M-Pesa.
M-Pesa is still working on your money.
    M-Pesa bado inashughulikia pesa zako.
Please wait; we will tell you when it is sent.
    Tafadhali subiri; tutakuambia itakapotumwa.
Your money could not be sent yet.
    Pesa zako hazikuweza kutumwa bado.
We are looking into it, and you need not do anything.
    Tunalishughulikia, na huhitaji kufanya chochote.
We do not know yet whether your money was sent.
    Bado hatujui kama pesa zako zilitumwa.
Please look at your M-Pesa messages while we find out.
    Tafadhali angalia jumbe zako za M-Pesa tunapofuatilia.
Your M-Pesa account cannot take this money because of a limit.
    Akaunti yako ya M-Pesa haiwezi kupokea pesa hizi kwa sababu ya kikomo.
Please contact us about another way to be paid.
    Tafadhali wasiliana nasi kuhusu njia nyingine ya kulipwa.
This phone number is not registered for M-Pesa.
    Nambari hii ya simu haijasajiliwa kwa M-Pesa.
Please give us another number.
    Tafadhali tupe nambari nyingine.
The payment has been made.
    Malipo yamefanywa.
M-Pesa is still working on the payment.
    M-Pesa bado inashughulikia malipo hayo.
Please do not pay it again.
    Tafadhali usiyalipe tena.
The payment could not be made.
    Malipo hayakuweza kufanywa.
We do not know yet whether the payment was made.
    Bado hatujui kama malipo yalifanywa.
Please do not pay it again before we know.
    Tafadhali usiyalipe tena kabla hatujajua.
Your refund has been sent.
    Marejesho yako yametumwa.
Your refund was sent before.
    Marejesho yako yalitumwa awali.
M-Pesa is still working on your refund.
    M-Pesa bado inashughulikia marejesho yako.
Your refund could not be sent yet.
    Marejesho yako hayakuweza kutumwa bado.
We do not know yet whether your refund was sent.
    Bado hatujui kama marejesho yako yalitumwa.
M-Pesa has answered our question about the payment.
    M-Pesa imejibu swali letu kuhusu malipo hayo.
We will tell you what became of it.
    Tutakuambia matokeo yake.
M-Pesa has not yet told us what became of the payment.
    M-Pesa bado haijatuambia matokeo ya malipo hayo.
Please do not pay again before we know.
    Tafadhali usilipe tena kabla hatujajua.
This is a question about our own account.
    Hili ni swali kuhusu akaunti yetu wenyewe.
It changes nothing about your payment.
    Halibadilishi chochote kuhusu malipo yako.
You have agreed to the standing order.
    Umekubali mpango wa malipo ya mara kwa mara.
M-Pesa will make each payment on its day.
    M-Pesa itafanya kila malipo kwa siku yake.
We do not know yet what became of your request.
    Bado hatujui matokeo ya ombi lako.
Please check your M-Pesa messages before you try again.
    Tafadhali angalia jumbe zako za M-Pesa kabla ya kujaribu tena.
We do not know yet whether your payment went through.
    Bado hatujui kama malipo yako yamekamilika.
This order is not paid yet.
    Oda hii bado haijalipwa.
We are waiting for M-Pesa.
    Tunasubiri M-Pesa.
If it asks for your PIN on your phone, enter it.
    Ikiomba PIN yako kwenye simu yako, iweke.
If nothing appears, please wait: do not pay again yet.
    Ikiwa hakuna kinachoonekana, tafadhali subiri: usilipe tena bado.
Enter your M-Pesa PIN on your phone.
    Weka PIN yako ya M-Pesa kwenye simu yako.
We are waiting for M-Pesa to confirm.
    Tunasubiri M-Pesa ithibitishe.
M-Pesa has not told us whether you paid.
    M-Pesa haijatuambia ikiwa ulilipa.
Look at your M-Pesa messages, and do not pay again.
    Angalia jumbe zako za M-Pesa, na usilipe tena.
Thank you, your payment has arrived.
    Asante, malipo yako yamefika.
M-Pesa says that nothing was paid, and we are making sure.
    M-Pesa inasema kwamba hakuna kilicholipwa, na tunahakikisha.
Please do not pay again yet.
    Tafadhali usilipe tena bado.
M-Pesa did not take our request, and you were not charged.
    M-Pesa haikupokea ombi letu, na hukutozwa.
We have looked, and your payment did not arrive.
    Tumeangalia, na malipo yako hayakufika.
Your order was paid already, so we will send this payment back to you.
    Oda yako ilikuwa tayari imelipwa, kwa hivyo tutakurudishia malipo haya.
Please do not pay again.
    Tafadhali usilipe tena.
Another payment has paid your order, so this one does not count.
    Malipo mengine yamelipia oda yako, kwa hivyo haya hayahesabiki.
Your payment needs a closer look by us.
    Tunahitaji kuchunguza malipo yako kwa makini.
Please do not pay again; we will be in touch.
    Tafadhali usilipe tena; tutawasiliana nawe.
You have paid more than once, and we will send the rest back.
    Umelipa zaidi ya mara moja, na tutarudisha yaliyozidi.
Ignore any M-Pesa request that is still on your phone.
    Puuza ombi lolote la M-Pesa ambalo bado liko kwenye simu yako.
{phone} is being asked to pay KES {amount} for this order.
    {phone} inaombwa kulipa KES {amount} kwa ajili ya oda hii.
To pay in another way, cancel the request there, or try again in {seconds} seconds.
    Ili kulipa kwa njia nyingine, ghairi ombi hapo, au jaribu tena baada ya sekunde {seconds}.
{phone} may have been asked to pay KES {amount} for this order, and M-Pesa has not told us yet.
    Huenda {phone} iliombwa kulipa KES {amount} kwa ajili ya oda hii, na M-Pesa bado haijatuambia.
Look at the messages there first, and do not pay in another way yet.
    Angalia jumbe hapo kwanza, na usilipe kwa njia nyingine bado.
You were not charged.
    Hukutozwa.
You can try again in {seconds} seconds.
    Unaweza kujaribu tena baada ya sekunde {seconds}.
This order is already paid.
    Oda hii tayari imelipwa.
Thank you!
    Asante!
Try again in {seconds} seconds, or use another phone.
    Jaribu tena baada ya sekunde {seconds}, au tumia simu nyingine.
Enter a Kenyan mobile number such as 0712 345 678.
    Weka nambari ya simu ya Kenya, kwa mfano 0712 345 678.
M-Pesa cannot take a payment for this order as it is.
    M-Pesa haiwezi kupokea malipo ya oda hii ilivyo.
M-Pesa did not take our request, so nothing was charged.
    M-Pesa haikupokea ombi letu, kwa hivyo hukutozwa.
Try again in a little while.
    Jaribu tena baada ya muda mfupi.
Waiting for you
    Inakusubiri
We are looking into it
    Tunaichunguza
Not paid
    Haijalipwa
Not confirmed
    Haijathibitishwa
Paid
    Imelipwa
To be given back
    Itarudishwa
"""


def _pairs(text: str) -> Mapping[str, str]:
    lines = [line.strip() for line in text.strip().splitlines()]
    return dict(zip(lines[::2], lines[1::2], strict=True))


SENTENCES: Final = _pairs(_PAIRS)
"""Each English sentence for customers, and its translation. ``{...}`` is the place of a number."""

_FILLED: Final = {
    re.compile(_PLACE.sub(r"(?P<\1>[\\d*,]+)", re.escape(english))): swahili
    for english, swahili in SENTENCES.items()
    if "{" in english
}


def in_swahili(english: str, /) -> str:
    """Translate a message sentence by sentence; a sentence without a translation stays in English."""
    return " ".join(map(_translate, _BETWEEN_SENTENCES.split(english)))


def _translate(sentence: str) -> str:
    if sentence in SENTENCES:
        return SENTENCES[sentence]
    for english, swahili in _FILLED.items():
        if found := english.fullmatch(sentence):
            return swahili.format(**found.groupdict())
    return sentence
